"""Outbound: campaigns, leads, the attempt ledger, pacing, the gate. Whom we call, when, how many at once."""
