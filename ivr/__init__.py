"""What the caller experiences: flows, nodes, engine, lint, FastAGI service."""
