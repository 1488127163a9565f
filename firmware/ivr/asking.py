"""What is done at the nodes that talk with the caller. Each returns the exit he leaves by."""

from firmware.ivr.nodes import (
    NO_INPUT,
    WRONG_INPUT,
    Callback,
    Digits,
    LanguageChoice,
    Menu,
    NamedPrompt,
    Play,
    Prompt,
    Question,
    Record,
    SpokenValue,
    Survey,
)  # fmt: skip
from firmware.ivr.ports import Refused, Wanted
from firmware.ivr.way import Outcome, Way

ASKED_TWICE = 2
NUMBER_MOST = 24
COMMENT_SILENCE_S = 4.0
ENTERED = "entered"  # the variable in which a number stands while the caller is asked whether it is right


async def play(way: Way, node: Play) -> Outcome:
    await way.say(node.prompt, interruptible=node.interruptible)
    return "next"


async def menu(way: Way, node: Menu) -> Outcome:
    for left in reversed(range(node.tries)):
        key = await way.ask(node.prompt, node.wait_s)
        if key is not None and key in node.exits:
            if node.into is not None:
                way.set(node.into, key)
            return key
        if left:
            await way.say_if_possible(node.no_input if key is None else node.wrong_input)
    return "otherwise"


async def digits(way: Way, node: Digits) -> Outcome:
    for left in reversed(range(node.tries)):
        entered = await _entered(way, node, node.prompt)
        if len(entered) >= node.least:
            way.set(node.into, entered)
            return "next"
        if left:
            await way.say_if_possible(node.wrong_input if entered else node.no_input)
    return "otherwise"


async def _entered(way: Way, node: Digits, prompt: Prompt) -> str:
    """One attempt. Of * and # the one that is not the end key begins anew."""
    entered = ""
    key = await way.ask(prompt, node.first_s, secret=node.secret)
    while key is not None and key != node.end_key:
        if key in "*#":
            entered = ""
        elif key.isdecimal():
            entered += key
        if len(entered) == node.most:
            if node.end_key:
                way.ignore(node.end_key)
            break
        key = await way.ask((), node.between_s if entered else node.first_s, secret=node.secret)
    return entered


async def language(way: Way, node: LanguageChoice) -> Outcome:
    if node.language is not None:
        way.speak(node.language)
        return "next"
    for _ in range(ASKED_TWICE):
        key = await way.ask(node.prompt, node.wait_s)
        if key is not None and key in node.keys:
            way.speak(node.keys[key])
            break
    return "next"


async def survey(way: Way, node: Survey) -> Outcome:
    answers: list[dict[str, str]] = []
    for question in node.questions:
        key = await _answer(way, question, node.wait_s)
        if key is None:
            break
        answers.append({"question": question.id, "key": key})
        way.set(question.id, key)
    comment = None
    if node.comment_s and len(answers) == len(node.questions):
        await way.say_if_possible(node.comment_prompt)
        comment = await _comment(way, node.comment_s)
    if not answers:
        return "no_answer"
    way.caller.tell("call.survey", answers=answers, comment=comment)
    return "next"


async def _comment(way: Way, most_s: float) -> str | None:
    try:
        recorded = await way.caller.record(Wanted(way.frame.node, most_s, COMMENT_SILENCE_S, "0123456789*#"))
    except Refused as error:
        way.fault("record", str(error))
        return None
    return None if recorded is None else recorded.file


async def _answer(way: Way, question: Question, wait_s: float) -> str | None:
    for left in reversed(range(ASKED_TWICE)):
        key = await way.ask(question.prompt, wait_s)
        if key is not None and key in question.keys:
            return key
        if left:
            await way.say_if_possible(NO_INPUT if key is None else WRONG_INPUT)
    return None


async def callback(way: Way, node: Callback) -> Outcome:
    number = await _number(way, node)
    if number is None:
        return "no_number"
    way.caller.tell("call.callback_wanted", number=number, queue=node.queue)
    await way.say_if_possible(node.done_prompt)
    return "next"


async def _number(way: Way, node: Callback) -> str | None:
    own = way.caller.facts.number
    if len(own) >= node.least and node.own_prompt and await way.ask(node.own_prompt, 5.0) == "1":
        return own
    wanted = Digits(kind="digits", prompt=node.enter_prompt, into=ENTERED, least=node.least, most=NUMBER_MOST)
    confirm = (SpokenValue(kind="telephone", value="${" + ENTERED + "}"), NamedPrompt(name="callback_confirm"))
    for left in reversed(range(ASKED_TWICE)):
        entered = await _entered(way, wanted, wanted.prompt)
        if len(entered) >= node.least:
            way.set(ENTERED, entered)
            if await way.ask(confirm, 5.0) in ("1", None):  # who hears his number and hangs up agrees, too
                return entered
        elif left:
            await way.say_if_possible(WRONG_INPUT if entered else NO_INPUT)
    return None


async def record(way: Way, node: Record) -> Outcome:
    await way.say_if_possible(node.prompt)
    try:
        recorded = await way.caller.record(Wanted(way.frame.node, node.most_s, node.silence_s, node.stop_keys))
    except Refused as error:
        way.fault("record", str(error))
        return "failed"
    if recorded is None:
        return "empty"
    way.set(node.into, recorded.file)
    return "next"
