"""Discrete-event floor (pure); `sim.phones` holds simulated SIP phones for the real Asterisk."""
