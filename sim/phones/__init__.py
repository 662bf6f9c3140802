"""Simulated SIP phones: SIPp for load, outcomes and DTMF, baresip for registration and audio."""
