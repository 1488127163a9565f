"""Words of the pages about the box itself: its network, what is at its front."""

from typing import Any

from webui.translate import _l

FIELDS: dict[str, tuple[Any, Any]] = {
    "Network.hostname": (
        _l("The box’s name"),
        _l("Small letters, digits and -. Its page is also found as name.local."),
    ),
    "Network.fixed": (_l("Fixed address"), _l("Off: the router gives the box its address (DHCP).")),
    "Network.dns": (_l("Name servers"), _l("Addresses, one on each line. Empty: what the router says.")),
    "Network.ntp": (_l("Time servers"), _l("One on each line. Empty: what the router says, else the standard ones.")),
    "Network.timezone": (
        _l("Time zone"),
        _l("Calls count with it once the box has started again (Setup, Board, country, language)."),
    ),
    "FixedAddress.jack": (_l("Network jack"), ""),
    "FixedAddress.address": (_l("Address"), _l("One that nobody else in the network has.")),
    "FixedAddress.mask": (_l("Network mask"), _l("Such as 255.255.255.0 or 24.")),
    "FixedAddress.gateway": (_l("Gateway"), _l("The router. Empty: the box reaches its own network alone.")),
}
CHOICES: dict[str, Any] = {}
UNSET: dict[str, Any] = {"FixedAddress.jack": _l("each that there is")}
