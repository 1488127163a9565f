"""The door of a queue for members: card and PIN by key."""

from firmware.acd.vip import Card, Vip
from firmware.calls.call import Call
from firmware.ivr.caller import secretly
from firmware.people import secret_fits_later

CARD, PIN, UNKNOWN = "vip_card", "vip_pin", "vip_unknown"
CARD_MOST, PIN_MOST, TRIES = 12, 8, 3
ANSWER_S = 6.0


async def member(call: Call, section: Vip) -> Card | None:
    """Asks the caller for his card and its PIN, three times at most; None: he has shown none. The PIN is neither told
    in events nor recorded."""
    cards = {card.card: card for card in section.cards}
    for _ in range(TRIES):
        number = await call.voice.collect(CARD, most=CARD_MOST, within_s=ANSWER_S)
        pin = await secretly(call, PIN, most=PIN_MOST, within_s=ANSWER_S)
        card = cards.get(number)
        if await secret_fits_later(None if card is None else card.pin_hash, pin):
            return card
        await call.voice.say(UNKNOWN)
    return None
