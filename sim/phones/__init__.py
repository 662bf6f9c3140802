"""Simulated SIP phones: SIPp for signalling under load, our own RTP for voice and keys, baresip as a real softphone."""
