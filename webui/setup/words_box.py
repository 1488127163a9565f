"""Words of the pages about the box itself: its network, what is at its front."""

from typing import Any

from webui.translate import _l

FIELDS: dict[str, tuple[Any, Any]] = {
    "Site.company": (_l("Company"), _l("As callers may hear it. At most 40 characters.")),
    "Site.board": (
        _l("Board"),
        _l(
            "Which card the box has, and which of its jacks are lines or stations. A box whose card is not there does "
            "not start."
        ),
    ),
    "Site.country": (
        _l("Country"),
        _l(
            "Tones, ringing, caller id and levels of its exchanges. The wrong one: caller ids are missing, and calls "
            "do not end."
        ),
    ),
    "Site.language": (
        _l("Language"),
        _l("In which the box speaks to callers, where the country is China; elsewhere it is English."),
    ),
    "Site.recording": (_l("Recording"), _l("Lines and stations may have their own.")),
    "Site.page_names": (
        _l("Other names of this page"),
        _l(
            "One on each line, such as phones.example.com: names that your network gave the box. Its addresses, "
            "localhost, callbox.local, the machine’s own name and those of your certificate are always known."
        ),
    ),
    "Network.hostname": (
        _l("The box’s name"),
        _l("Small letters, digits and -. Its page is also found as name.local."),
    ),
    "Network.fixed": (_l("Fixed address"), _l("Off: the router gives the box its address (DHCP).")),
    "Network.dns": (_l("Name servers"), _l("Addresses, one on each line. Empty: what the router says.")),
    "Network.ntp": (_l("Time servers"), _l("One on each line. Empty: what the router says, else the standard ones.")),
    "Network.timezone": (
        _l("Time zone"),
        _l("Calls count with it once the box has started again (Setup, Company, board, country)."),
    ),
    "FixedAddress.jack": (_l("Network jack"), ""),
    "FixedAddress.address": (_l("Address"), _l("One that nobody else in the network has.")),
    "FixedAddress.mask": (_l("Network mask"), _l("Such as 255.255.255.0 or 24.")),
    "FixedAddress.gateway": (_l("Gateway"), _l("The router. Empty: the box reaches its own network alone.")),
    "Devices.as_board": (
        _l("As the board has it"),
        _l("On: what the box’s board file names, and nothing of what follows."),
    ),
    "SoundSockets.as_board": (
        _l("As the board has it"),
        _l("On: what the box’s board file names, and nothing of what follows."),
    ),
    "SoundSockets.loudspeaker": (
        _l("Loudspeaker"),
        _l("Heard in the house: *45, Loudspeaker on the desk, and texts that are typed."),
    ),
    "SoundSockets.line_in": (_l("Line-in"), _l("What comes there is the music on hold.")),
    "SoundSockets.microphone": (_l("Microphone"), _l("Prompts are recorded there. It listens only then.")),
    "SoundSockets.headsets": (_l("Headsets"), _l("Each is a station of its own, used by the desk’s buttons.")),
    "Headset.station": (_l("Station"), _l("Its number, as others dial it: 2 to 6 digits.")),
    "Headset.play": (_l("Earpiece"), _l("The socket that plays to its user.")),
    "Headset.capture": (_l("Microphone"), _l("The socket that hears him.")),
    "Devices.lamp": (_l("Lamp and buzzer"), _l("Red and a sound when an alarm comes, until somebody silences it.")),
    "Devices.printer": (_l("Call printer"), _l("A serial printer (SMDR) that gets a line for each call.")),
    **{f"{kind}.kind": (_l("Kind"), "") for kind in ("LinePanel", "RelayPanel", "GpioPanel")},
    **{f"{kind}.device": (_l("Serial port"), "") for kind in ("LinePanel", "RelayPanel", "Smdr")},
    **{f"{kind}.baud": (_l("Speed"), _l("Bits in a second, as the device has it.")) for kind in ("LinePanel", "Smdr")},
    "RelayPanel.lamp": (_l("Lamp at the wire"), _l("Through a relay; on while something is wrong.")),
    "RelayPanel.buzzer": (_l("Buzzer at the wire"), ""),
    "GpioPanel.chip": (_l("GPIO chip"), _l("Such as /dev/gpiochip0.")),
    "GpioPanel.green": (_l("Green lamp at line"), _l("Empty: there is none.")),
    "GpioPanel.red": (_l("Red lamp at line"), _l("Empty: there is none.")),
    "GpioPanel.buzzer": (_l("Buzzer at line"), _l("Empty: there is none.")),
    "GpioPanel.active_low": (_l("On is low"), ""),
    "Smdr.xonxoff": (_l("The printer stops the box when it is busy"), _l("By XOFF, as most do.")),
}
CHOICES: dict[str, Any] = {
    "Site.language.zh": "中文",
    "Site.language.en": "English",
    "LinePanel.kind.line": _l("a panel with a processor of its own"),
    "RelayPanel.kind.relay": _l("two wires of a serial port"),
    "GpioPanel.kind.gpio": _l("lines of a GPIO chip"),
    **{f"RelayPanel.{part}.{wire}": wire.upper() for part in ("lamp", "buzzer") for wire in ("dtr", "rts")},
    **{
        f"{kind}.baud.{speed}": str(speed)
        for kind in ("LinePanel", "Smdr")
        for speed in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
    },
}
UNSET: dict[str, Any] = {
    "FixedAddress.jack": _l("each that there is"),
    **{f"SoundSockets.{name}": _l("none") for name in ("loudspeaker", "line_in", "microphone")},
}
