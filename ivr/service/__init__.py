"""The IVR on real calls: runs flows on FastAGI channels. Acts, and decides nothing that `ivr` can decide."""

from ivr.service.ivr import Ivr

__all__ = ["Ivr"]
