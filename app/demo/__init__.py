"""`callcenter demo`: a whole call centre with simulated phones, shown live, ended cleanly."""
