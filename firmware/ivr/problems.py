"""What can be wrong with a flow, in words of both languages. The editor shows them at the node they belong to."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from firmware.ivr.nodes import Language

Severity = Literal["error", "warning"]

# With an error a flow is not published; a warning is what somebody may have meant.
WORDS: dict[str, tuple[Severity, dict[Language, str]]] = {
    "start_missing": ("error", {
        "zh": "流程从“{start}”开始，但没有这个节点。",
        "en": "The flow begins at “{start}”, but there is no such node."}),
    "exit_missing": ("error", {
        "zh": "出口“{exit}”没有连接到任何节点。",
        "en": "The exit “{exit}” leads nowhere. Join it to a node."}),
    "exit_to_nothing": ("error", {
        "zh": "出口“{exit}”指向“{target}”，但没有这个节点。",
        "en": "The exit “{exit}” leads to “{target}”, but there is no such node."}),
    "exit_unknown": ("error", {
        "zh": "这种节点没有“{exit}”出口；可用的出口有：{there}。",
        "en": "A node of this kind has no exit “{exit}”; it has {there}."}),
    "no_keys": ("error", {
        "zh": "菜单没有任何按键出口，主叫无从选择。",
        "en": "The menu has no exit for any key, so the caller has nothing to choose."}),
    "unreachable": ("warning", {
        "zh": "没有任何路径通向这个节点。",
        "en": "No way leads to this node."}),
    "endless": ("error", {
        "zh": "主叫会在这些节点中无休止地循环，没有任何等待按键的地方：{nodes}。",
        "en": "A caller goes round in these nodes without being asked anything: {nodes}."}),
    "loop_without_input": ("warning", {
        "zh": "这些节点构成循环，其中没有等待按键的地方；如果条件一直不变，主叫会循环到上限：{nodes}。",
        "en": "These nodes form a loop in which the caller is asked nothing; if nothing changes he goes round in it "
              "until the flow's limit: {nodes}."}),
    "endless_silence": ("warning", {
        "zh": "不按键的主叫会在这些节点中循环，直到时间上限：{nodes}。",
        "en": "A caller who presses nothing goes round in these nodes until the flow's limit: {nodes}."}),
    "no_way_out": ("error", {
        "zh": "从这个节点走不到任何结束（排队、转接、留言、挂机）。",
        "en": "No way leads from this node to an end: a queue, a transfer, voicemail, hanging up."}),
    "prompt_missing": ("error", {
        "zh": "没有{language}提示音“{prompt}”（{field}）。",
        "en": "There is no prompt “{prompt}” in {language} ({field})."}),
    "text_missing": ("warning", {
        "zh": "文字提示缺少{language}版本（{field}），主叫会听到另一种语言。",
        "en": "The written prompt has no text in {language} ({field}); callers hear the other language."}),
    "queue_unknown": ("error", {"zh": "没有名为“{name}”的队列。", "en": "There is no queue “{name}”."}),
    "station_unknown": ("error", {"zh": "没有号码为“{name}”的坐席分机。", "en": "There is no station “{name}”."}),
    "flow_unknown": ("error", {
        "zh": "没有名为“{name}”的已发布流程。", "en": "There is no published flow “{name}”."}),
    "schedule_unknown": ("error", {"zh": "没有名为“{name}”的时间表。", "en": "There is no schedule “{name}”."}),
    "box_unknown": ("error", {"zh": "没有名为“{name}”的语音信箱。", "en": "There is no voicemail box “{name}”."}),
    "room_unknown": ("error", {"zh": "没有名为“{name}”的会议室。", "en": "There is no conference room “{name}”."}),
    "query_unknown": ("error", {
        "zh": "没有名为“{name}”的查询；可用的有：{there}。", "en": "There is no query “{name}”; there are {there}."}),
    "query_field": ("error", {
        "zh": "查询“{query}”的结果没有“{name}”；可用的有：{there}。",
        "en": "The query “{query}” has no field “{name}”; it has {there}."}),
    "query_argument": ("error", {
        "zh": "查询“{query}”需要参数：{there}。", "en": "The query “{query}” needs the arguments {there}."}),
    "entry_unknown": ("warning", {
        "zh": "时间表“{schedule}”没有“{exit}”这一项；可用的有：{there}。",
        "en": "The schedule “{schedule}” has no entry “{exit}”; it has {there}."}),
    "entry_not_joined": ("warning", {
        "zh": "时间表的“{entry}”没有出口，走“otherwise”。",
        "en": "The schedule's entry “{entry}” has no exit here and takes “otherwise”."}),
    "return_unknown": ("error", {
        "zh": "流程“{flow}”以“{exit}”返回，但这里没有这个出口。",
        "en": "The flow “{flow}” returns by “{exit}”, and there is no such exit here."}),
    "return_not_called": ("warning", {
        "zh": "这个流程直接接听来电时，主叫在这里会转到流程的备用去向。",
        "en": "Where this flow answers a line itself, the caller goes to its fallback here."}),
    "calls_itself": ("error", {
        "zh": "流程互相调用，没有尽头：{flows}。", "en": "Flows call each other without end: {flows}."}),
    "variable_unset": ("warning", {
        "zh": "变量“{name}”从未被赋值，内容总是空的。",
        "en": "The variable “{name}” is never set, so it is always empty."}),
    "variable_fact": ("error", {
        "zh": "“{name}”是通话自带的信息，不能赋值。请换一个变量名。",
        "en": "“{name}” is a fact of the call and cannot be set. Take another name."}),
    "part_missing": ("warning", {
        "zh": "本机没有{part}功能，主叫总是从“not_available”出口离开。",
        "en": "This box has no part for {part}: the caller always leaves by “not_available”."}),
    "address": ("warning", {
        "zh": "流程不能访问“{host}”：这是本机或内部网络的地址。如确需访问，请在设置中列出。",
        "en": "Flows may not ask {host}: it is this box or its own network. Name it in the settings if they may."}),
    "field_missing": ("error", {"zh": "缺少“{field}”。", "en": "{field} is missing."}),
    "field_unknown": ("error", {"zh": "没有“{field}”这一项。", "en": "There is nothing called {field}."}),
    "field_wrong": ("error", {
        "zh": "“{field}”不能是“{value}”：{rule}", "en": "{field} cannot be “{value}”: {rule}"}),
}  # fmt: skip


class Both(NamedTuple):
    """An argument that is itself words."""

    zh: str
    en: str


LANGUAGES: dict[Language, Both] = {"zh": Both("中文", "Chinese"), "en": Both("英文", "English")}

# Rules of pydantic, by its error type.
RULES: dict[str, dict[Language, str]] = {
    "greater_than_equal": {"zh": "不能小于 {ge}", "en": "must be {ge} or more"},
    "greater_than": {"zh": "必须大于 {gt}", "en": "must be more than {gt}"},
    "less_than_equal": {"zh": "不能大于 {le}", "en": "must be {le} or less"},
    "less_than": {"zh": "必须小于 {lt}", "en": "must be less than {lt}"},
    "literal_error": {"zh": "只能是 {expected}", "en": "must be {expected}"},
    "union_tag_invalid": {"zh": "只能是 {expected_tags}", "en": "must be one of {expected_tags}"},
    "union_tag_not_found": {"zh": "缺少 kind", "en": "kind is missing"},
    "string_pattern_mismatch": {"zh": "格式必须符合 {pattern}", "en": "must match {pattern}"},
    "string_too_short": {"zh": "至少 {min_length} 个字符", "en": "needs at least {min_length} characters"},
    "string_too_long": {"zh": "最多 {max_length} 个字符", "en": "may have at most {max_length} characters"},
    "too_short": {"zh": "至少 {min_length} 项", "en": "needs at least {min_length}"},
    "too_long": {"zh": "最多 {max_length} 项", "en": "may have at most {max_length}"},
    "int_type": {"zh": "必须是整数", "en": "must be a whole number"},
    "int_parsing": {"zh": "必须是整数", "en": "must be a whole number"},
    "float_type": {"zh": "必须是数字", "en": "must be a number"},
    "float_parsing": {"zh": "必须是数字", "en": "must be a number"},
    "bool_type": {"zh": "必须是 true 或 false", "en": "must be true or false"},
    "string_type": {"zh": "必须是文字", "en": "must be a text"},
}

EMPTY: dict[Language, str] = {"zh": "不能为空", "en": "must not be empty"}


@dataclass(frozen=True, slots=True)
class Problem:
    """`node`: where; None: the flow itself. `name`: of WORDS, with its arguments."""

    node: str | None
    name: str
    args: tuple[tuple[str, Any], ...] = ()

    @property
    def severity(self) -> Severity:
        """With an error it is not published."""
        return WORDS[self.name][0]

    def words(self, language: Language) -> str:
        """A sentence."""
        args = {key: getattr(value, language) if isinstance(value, Both) else value for key, value in self.args}
        return WORDS[self.name][1][language].format(**args)


def problem(node: str | None, name: str, /, **args: Any) -> Problem:
    """A problem of WORDS; KeyError if there is none of that name or an argument is missing."""
    found = Problem(node, name, tuple(args.items()))
    found.words("en")
    return found


def refused(error: ValidationError) -> list[Problem]:
    """Why a document could not be read, by node. Of a thing that is wrong only because of something in it, that."""
    found = error.errors(include_url=False)
    places = [detail["loc"] for detail in found]
    return [
        _refused(one)
        for one in found
        if not any(len(place) > len(one["loc"]) and place[: len(one["loc"])] == one["loc"] for place in places)
    ]


def _refused(detail: ErrorDetails) -> Problem:
    loc = [str(part) for part in detail["loc"] if part != "[key]"]
    node, field = None, loc
    if loc[:1] == ["nodes"] and len(loc) > 1:
        node, field = loc[1], loc[3:]  # behind the node's id stands its kind
    name = ".".join(field) or "kind" if node else ".".join(field) or "flow"
    if detail["type"] == "missing":
        return problem(node, "field_missing", field=name)
    if detail["type"] == "extra_forbidden":
        return problem(node, "field_unknown", field=name)
    context = detail.get("ctx", {})
    empty = detail["type"] == "string_too_short" and context.get("min_length") == 1
    rules = EMPTY if empty else RULES.get(detail["type"])
    rule = Both(rules["zh"].format(**context), rules["en"].format(**context)) if rules else detail["msg"]
    value = detail["input"]
    shown = str(value)[:60] if isinstance(value, str | int | float | bool) else type(value).__name__
    return problem(node, "field_wrong", field=name, value=shown, rule=rule)
