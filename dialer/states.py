"""Under which names the dialer keeps what it does, for whoever looks."""

from __future__ import annotations


def state_name(cell: str) -> str:
    """Return the name under which the dialer of a cell keeps what it does."""
    return f"dialer:{cell}"


def campaign_state_name(cell: str, campaign: str) -> str:
    """Return the name under which the dialer keeps what a campaign's pacer decided."""
    return f"campaign:{cell}:{campaign}"
