"""Flows to begin with. They name what the box has, so that as little as possible must be mended."""

from collections.abc import Callable
from typing import Any

from webui.translate import _l

Names = dict[str, Any]
Document = dict[str, Any]
QUEUE, BOX = "operator", "general"  # where the box has none; the editor then marks it


def _said(zh: str, en: str) -> list[dict[str, Any]]:
    return [{"kind": "text", "text": {"zh": zh, "en": en}}]


def _queues(names: Names) -> list[str]:
    return [*names.get("queues", []), QUEUE, QUEUE]


def _blank(_names: Names) -> Document:
    return {"start": "goodbye", "nodes": {"goodbye": {"kind": "hang_up"}}}


def _greeting(names: Names) -> Document:
    queue = _queues(names)[0]
    return {
        "start": "welcome",
        "nodes": {
            "welcome": {
                "kind": "play", "prompt": _said("您好，欢迎致电。", "Hello, and welcome."), "exits": {"next": "wait"},
            },
            "wait": {"kind": "queue", "queue": queue},
        },
        "fallback": {"kind": "queue", "queue": queue},
    }  # fmt: skip


def _menu(names: Names) -> Document:
    first, second = _queues(names)[:2]
    return {
        "start": "welcome",
        "nodes": {
            "welcome": {
                "kind": "menu", "exits": {"1": "first", "2": "second", "otherwise": "first"},
                "prompt": _said("您好，欢迎致电。咨询请按 1，服务请按 2。",
                                "Hello, and welcome. For sales press 1, for service press 2."),
            },
            "first": {"kind": "queue", "queue": first},
            "second": {"kind": "queue", "queue": second},
        },
        "fallback": {"kind": "queue", "queue": first},
    }  # fmt: skip


def _hours(names: Names) -> Document:
    queue = _queues(names)[0]
    schedules: dict[str, list[str]] = names.get("schedules", {})
    schedule = next(iter(schedules), "office")
    entries = schedules.get(schedule, ["open"])
    boxes = names.get("boxes", [])
    return {
        "start": "now",
        "nodes": {
            "now": {
                "kind": "hours", "schedule": schedule,
                "exits": {
                    **dict.fromkeys(entries, "closed"),
                    "open" if "open" in entries else entries[0]: "welcome", "otherwise": "closed",
                },
            },
            "welcome": {
                "kind": "play", "prompt": _said("您好，欢迎致电。", "Hello, and welcome."), "exits": {"next": "wait"},
            },
            "wait": {"kind": "queue", "queue": queue},
            "closed": {
                "kind": "play", "exits": {"next": "message"},
                "prompt": _said("现在是非工作时间，请在提示音后留言。",
                                "We are closed just now. Please leave a message after the tone."),
            },
            "message": {"kind": "voicemail", "box": BOX if BOX in boxes or not boxes else boxes[0]},
        },
        "fallback": {"kind": "queue", "queue": queue},
    }  # fmt: skip


def _survey(_names: Names) -> Document:
    return {
        "start": "question",
        "nodes": {
            "question": {
                "kind": "survey", "exits": {"next": "thanks", "no_answer": "goodbye"},
                "questions": [{
                    "id": "satisfaction", "keys": "12345",
                    "prompt": _said("请为本次服务评分，1 到 5，5 为非常满意。",
                                    "How was our service? Press 1 to 5; 5 is very good."),
                }],
            },
            "thanks": {"kind": "play", "prompt": _said("谢谢。", "Thank you."), "exits": {"next": "goodbye"}},
            "goodbye": {"kind": "hang_up"},
        },
    }  # fmt: skip


STARTERS: dict[str, tuple[Any, Any, Callable[[Names], Document]]] = {
    "greeting": (_l("Greeting, then a queue"), _l("Everybody hears a sentence and waits for an agent."), _greeting),
    "menu": (_l("Menu"), _l("The caller chooses by key who shall help him."), _menu),
    "hours": (_l("Hours"), _l("Open: a queue. Closed: a message in a mailbox."), _hours),
    "survey": (_l("Survey"), _l("A question when the agent has hung up."), _survey),
    "blank": (_l("Blank"), _l("Nothing but the end."), _blank),
}


def begun(starter: str, names: Names, title: str, language: str) -> Document:
    """A new flow's document; KeyError for a starter that is not there."""
    titles = {language: title} if title else {}
    return {"format": 1, "title": titles, **STARTERS[starter][2](names)}
