"""Our processes: each `serve_*` runs until cancelled. A process imports its own service, not those of the others."""
