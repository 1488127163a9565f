"""Findings about calls: how the exchange rings, tells who calls and that he has gone; what lies between two lines."""

from drivers.binding.plan import Plan
from firmware.doctor.findings import NOISE_BAD, NOISE_GOOD, OURS, Finding, Verdict, hz_words, judged, one_place, says
from firmware.doctor.measure import Cadence

# -- a call from outside ------------------------------------------------------------------------------------------


def ringing(bursts: int, on_ms: int, off_ms: int | None, plan: Plan) -> Finding:
    """How the exchange rings."""
    usual_on, usual_off = plan.ring[0], plan.ring[1]
    fits = abs(on_ms - usual_on) <= 0.3 * usual_on or bursts == 1
    return Finding(
        "ringing",
        "good" if fits else "look",
        says("It rang %(bursts)s times: %(on)s s on, %(off)s s off.")
        if off_ms is not None
        else says("It rang once, for %(on)s s, before it was answered."),
        {
            "bursts": str(bursts),
            "on": f"{on_ms / 1000:.2f}",
            "off": "" if off_ms is None else f"{off_ms / 1000:.2f}",
            "usual": f"{usual_on / 1000:g}/{usual_off / 1000:g}",
        },
        says("the country's %(usual)s s"),
        "ITU-T E.180",
        ""
        if fits
        else says("Perhaps a distinctive ring, or another country's exchange. The box answers it all the same."),
    )


SCHEMES = {
    "bell202": says("Caller id came as FSK, Bell 202: %(number)s"),
    "v23": says("Caller id came as FSK, V.23: %(number)s"),
    "dtmf": says("Caller id came as keys (DTMF): %(number)s"),
    "ntt": says("Caller id came as the number display of NTT: %(number)s"),
}


def caller_id(scheme: str | None, number: str, *, ok: bool, plan: Plan) -> Finding:
    """What the exchange told of who calls."""
    limit, source = says("the number, without a fault, before the second ring ends"), "GR-30, ETSI EN 300 659-1"
    if scheme is None:
        return Finding(
            "caller_id",
            "look" if plan.caller_id.comes else "good",
            says("No caller id came."),
            {},
            limit,
            source,
            says("Ask the operator to turn on caller id for this line. Without it, the desk does not know who calls.")
            if plan.caller_id.comes
            else "",
        )
    if not ok:
        return Finding(
            "caller_id",
            "fault",
            says("Caller id came with an error: its checksum is wrong."),
            {},
            limit,
            source,
            says("The number is not shown. See to noise and level of the line first, then call once more."),
        )
    return Finding("caller_id", "good", SCHEMES[scheme], {"number": number or "-"}, limit, source)


def hang_up(by: str, cadence: Cadence | None, broke_ms: int) -> Finding:
    """How the exchange told that the caller has gone. `by`: loop_drop, reversal, tone, unknown_tone or nothing."""
    limit, source = says("a break of the loop, a reversal, or a tone that the box knows"), "GR-506, ITU-T E.180"
    values = {"ms": str(broke_ms)} | (
        {}
        if cadence is None
        else {
            "hz": hz_words(cadence.parts),
            "on": f"{cadence.on_ms / 1000:.2f}",
            "off": f"{cadence.off_ms / 1000:.2f}",
            "level": one_place(cadence.dbm0),
        }
    )
    match by:
        case "loop_drop":
            return Finding(
                "hang_up",
                "good",
                says("The exchange broke the loop for %(ms)s ms when the caller hung up."),
                values,
                limit,
                source,
            )
        case "reversal":
            return Finding(
                "hang_up",
                "good",
                says("The exchange turned the polarity when the caller hung up."),
                values,
                limit,
                source,
            )
        case "tone" if cadence is not None:
            return Finding(
                "hang_up",
                "good",
                says(
                    "The exchange played %(hz)s Hz, %(on)s s on, %(off)s s off, at %(level)s dBm0: a tone that "
                    "the box knows."
                ),
                values,
                limit,
                source,
            )
        case "tone":
            return Finding(
                "hang_up",
                "good",
                says("The exchange played a tone that the box knows when the caller hung up."),
                values,
                limit,
                source,
            )
        case "unknown_tone":
            return Finding(
                "hang_up",
                "look",
                says(
                    "The exchange played %(hz)s Hz, %(on)s s on, %(off)s s off, at %(level)s dBm0: the box "
                    "does not know this tone."
                ),
                values,
                limit,
                source,
                says("Until it does, calls stay up after the caller has gone. Use what was measured?"),
            )
    return Finding(
        "hang_up",
        "fault",
        says("Nothing told that the caller had hung up."),
        values,
        limit,
        source,
        says(
            "Calls will stay up after the caller has gone. Ask the operator for a loop interruption or a polarity "
            "reversal."
        ),
    )


# -- from line to line ---------------------------------------------------------------------------------------------


def loss(check: str, sent_dbm0: float, heard_dbm0: float, pure: bool) -> Finding:
    """A tone through the network, from one line to another."""
    lost = sent_dbm0 - heard_dbm0
    limit, source = says("3 to 16 dB"), "ITU-T G.121"
    if not pure:
        return Finding(
            check,
            "fault",
            says("The test tone of 1,004 Hz did not come through."),
            {},
            limit,
            source,
            says("There is no speech in this direction. See whether one of the lines hears itself; call the operator."),
        )
    fits: Verdict = "good" if 0 <= lost <= 16 else "look"
    words = {
        "loss_there": says("From this line to the other, %(loss)s dB are lost."),
        "loss_back": says("From the other line to this one, %(loss)s dB are lost."),
    }
    return Finding(
        check,
        fits,
        words[check],
        {"loss": one_place(lost)},
        limit,
        source,
        "" if fits == "good" else says("People will hear each other too softly or too loudly; set the line's gains."),
    )


def through_noise(weighted: float, *, there: bool) -> Finding:
    """Noise through the network."""
    verdict = judged(weighted, NOISE_GOOD + 5, NOISE_BAD + 5)
    words = (
        says("Noise through the network, heard at the other line: %(weighted)s dBm0p.")
        if there
        else says("Noise through the network, heard at this line: %(weighted)s dBm0p.")
    )
    return Finding(
        "noise_there" if there else "noise_back",
        verdict,
        words,
        {"weighted": one_place(weighted)},
        says("at most -55 dBm0p"),
        OURS,
    )
