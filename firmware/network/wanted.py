"""What may be wanted of the network: one model for the page that asks and for the applier that does it."""

import ipaddress
import zoneinfo
from functools import cache
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from firmware.setup.base import Strict, wrong

PREFIX_LEAST, PREFIX_MOST = 8, 30
SERVERS_MOST = 3

HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Jack = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$")]  # IFNAMSIZ is 16 with its end
Server = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$")]


@cache
def zones() -> tuple[str, ...]:
    """The time zones that there are: places, and UTC."""
    found = zoneinfo.available_timezones()
    return (*sorted(name for name in found if "/" in name and not name.startswith(("Etc/", "SystemV/"))), "UTC")


class FixedAddress(Strict):
    """An IPv4 address that nobody gives the box. `jack`: the network jack that has it, None: each; `mask`:
    255.255.255.0 or 24; `gateway`: the way to other networks, empty: none."""

    jack: Jack | None = None
    address: Annotated[str, Field(max_length=15)] = ""
    mask: Annotated[str, Field(max_length=15)] = "255.255.255.0"
    gateway: Annotated[str, Field(max_length=15)] = ""

    @field_validator("address")
    @classmethod
    def _address(cls, text: str) -> str:
        found = _ipv4(text)
        if found.is_loopback or found.is_multicast or found.is_unspecified or found.is_reserved or found.packed[0] == 0:
            raise wrong("No machine can have {address} as its address.", address=text)
        return str(found)

    @field_validator("mask")
    @classmethod
    def _mask(cls, text: str) -> str:
        try:
            prefix = ipaddress.IPv4Network(f"0.0.0.0/{text.lstrip('/')}").prefixlen
        except ValueError:
            raise wrong("A network mask, such as 255.255.255.0 or 24.") from None
        if not PREFIX_LEAST <= prefix <= PREFIX_MOST:
            raise wrong("A network mask from 255.0.0.0 to 255.255.255.252.")
        return str(ipaddress.IPv4Network(f"0.0.0.0/{prefix}").netmask)

    @field_validator("gateway")
    @classmethod
    def _gateway(cls, text: str) -> str:
        return str(_ipv4(text)) if text else ""

    @model_validator(mode="after")
    def _fit(self) -> "FixedAddress":
        network = self.network
        if ipaddress.IPv4Address(self.address) in (network.network_address, network.broadcast_address):
            raise wrong("{address} is the network itself, not a machine in it.", field="address", address=self.address)
        if not self.gateway:
            return self
        if self.gateway == self.address:
            raise wrong("The gateway is another machine, not the box itself.", field="gateway")
        if ipaddress.IPv4Address(self.gateway) not in network:
            raise wrong("The gateway must be in the network {network}.", field="gateway", network=str(network))
        return self

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The one it is in."""
        return ipaddress.IPv4Network(f"{self.address}/{self.mask}", strict=False)


class Network(Strict):
    """`fixed` None: the router gives the address (DHCP). `dns`, `ntp` empty: what the router says; for `ntp` else the
    standard ones."""

    hostname: HostName = "callbox"
    fixed: FixedAddress | None = None
    dns: Annotated[tuple[Annotated[str, Field(max_length=45)], ...], Field(max_length=SERVERS_MOST)] = ()
    ntp: Annotated[tuple[Server, ...], Field(max_length=SERVERS_MOST)] = ()
    timezone: Annotated[str, Field(max_length=64)] = "Asia/Shanghai"

    @field_validator("dns")
    @classmethod
    def _addresses(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        for text in found:
            try:
                if "%" in text:  # a scope may hold anything, also a line's end
                    raise ValueError
                ipaddress.ip_address(text)
            except ValueError:
                raise wrong("{address} is no address; write one such as 192.168.1.1.", address=text) from None
        return found

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in zones():
            raise wrong("Choose one.")
        return name


def _ipv4(text: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        raise wrong("An address such as 192.168.1.20.") from None
