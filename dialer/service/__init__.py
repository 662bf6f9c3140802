"""The dialer as a process: AMI, store, bus and the gate around the pure modules of `dialer`."""

from dialer.service.dialer import Dialer

__all__ = ["Dialer"]
