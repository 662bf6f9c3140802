"""Addresses and ports of the telephones: [sip] of centre.toml."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from desk.models.common import Answer, Request

Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Net = Annotated[str, StringConstraints(min_length=2, max_length=64, pattern=r"^[0-9a-fA-F.:/]+$")]
Nets = Annotated[list[Net], Field(max_length=50)]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
ShortNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]

NEW_START: Final = "Taken over when Asterisk is started anew."


class SipSet(Request):
    """Addresses and ports of SIP and RTP. What is null or left out of `external_address` and TLS is not used."""

    bind: Host = Field("0.0.0.0", title="Address", description=f"Where Asterisk listens. {NEW_START}")
    port: Port = Field(5060, title="Port", description=NEW_START)
    external_address: Host | None = Field(
        None, title="Address outside", description=f"What others see of us behind a router. {NEW_START}"
    )
    local_nets: Nets = Field([], title="Own networks", description=f"Not behind that router. {NEW_START}")
    phone_nets: Nets = Field([], title="Networks of phones", description="From where agents' phones may register.")
    rtp_first: Port = Field(16384, title="First port of sound", description="Even.")
    rtp_last: Port = Field(32767, title="Last port of sound")
    rtp_timeout_s: int = Field(
        30, ge=0, le=3600, title="Silence in seconds", description="A call without a sound ends then; 0: never."
    )
    max_calls: int = Field(500, ge=1, le=10_000, title="Most calls at once", description=NEW_START)
    tls_port: Port | None = Field(None, title="TLS port", description=f"All three of TLS or none. {NEW_START}")
    tls_certificate: FilePath | None = Field(None, title="TLS certificate", description=NEW_START)
    tls_key: FilePath | None = Field(None, title="TLS key", description=NEW_START)


class SipShown(Answer):
    bind: str
    port: int
    external_address: str | None
    local_nets: list[str]
    phone_nets: list[str]
    rtp_first: int
    rtp_last: int
    rtp_timeout_s: int
    max_calls: int
    tls_port: int | None
    tls_certificate: str | None
    tls_key: str | None
