"""The acd as a process: AMI, store, bus and the phone codes around `acd.floor`."""

from acd.service.acd import Acd

__all__ = ["Acd"]
