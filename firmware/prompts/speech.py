"""How numbers, telephone numbers, money, dates, times and durations are said: rules only, no sound.

Every function gives a list of part ids; each part is a prompt file that set-up speaks from `[parts]` of texts.toml.
`speech("zh")` and `speech("en")` have the same functions, so whoever announces something needs no rule of his own.
ValueError, in words, for what cannot be said.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Literal

Parts = list[str]
Currency = Literal["CNY", "USD", "GBP", "EUR"]

PAUSE = "pause"
CARDINAL_MOST = 10**15 - 1  # the largest that both languages say with the units they have
YEARS = range(1000, 10_000)
DIGITS = re.compile(r"[0-9*#]+")
SIGNS = {"*": "star", "#": "hash"}
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

# How telephone numbers are grouped: a country's rows are tried in order, then the length alone decides.
GROUPS: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "cn": (
        (r"1[3-9]\d{9}", (3, 4, 4)),  # mobile
        (r"[48]00\d{7}", (3, 3, 4)),  # 400, 800
        (r"0(10|2\d)\d{8}", (3, 4, 4)),  # the large cities' three-digit codes
        (r"0\d{11}", (4, 4, 4)),
        (r"0\d{10}", (4, 3, 4)),
    ),
    "us": ((r"\d{10}", (3, 3, 4)), (r"1\d{10}", (1, 3, 3, 4))),
    "gb": (
        (r"02\d{9}", (3, 4, 4)),
        (r"0(11\d|1\d1|[389]\d\d)\d{7}", (4, 3, 4)),
        (r"0\d{10}", (5, 3, 3)),
        (r"0\d{9}", (5, 5)),
    ),
}
DIALLING_CODES = {"1": "us", "86": "cn", "44": "gb"}


def groups(number: str, country: str) -> list[str]:
    """A telephone number in the groups in which people of `country` say it; written separators win.

    The first group of an international number is "+" and the country's code.
    """
    written = re.sub(r"[().\-/\s]+", " ", number).strip().replace("+ ", "+")
    plus, digits = written.startswith("+"), written.removeprefix("+").replace(" ", "")
    if not DIGITS.fullmatch(digits):
        raise ValueError(f"{number!r} is no telephone number: digits, * and #, perhaps + in front")
    if " " in written:
        first, *others = written.split()
        return [first, *(piece for group in others for piece in _cut(group, _by_length(len(group))))]
    if not plus:
        return _cut(digits, _sizes(digits, country))
    for code, home in DIALLING_CODES.items():
        if digits.startswith(code) and len(digits) > len(code):
            rest = digits[len(code) :]
            return [f"+{code}", *_cut(rest, _abroad(rest, home))]
    first, *others = _cut(digits, _by_length(len(digits)))
    return [f"+{first}", *others]


def _abroad(rest: str, home: str) -> Sequence[int]:
    """Sizes of a number without its trunk prefix 0."""
    for pattern, sizes in GROUPS[home]:
        if re.fullmatch(pattern, rest):
            return sizes
        if re.fullmatch(pattern, f"0{rest}"):
            return (sizes[0] - 1, *sizes[1:])
    return _by_length(len(rest))


def _sizes(digits: str, country: str) -> Sequence[int]:
    for pattern, sizes in GROUPS.get(country, ()):
        if re.fullmatch(pattern, digits):
            return sizes
    return _by_length(len(digits))


def _by_length(length: int) -> Sequence[int]:
    """Up to five together, like service numbers and extensions; else threes first, and fours."""
    if length <= 5:
        return (length,)
    threes = -length % 4
    return (3,) * threes + (4,) * ((length - 3 * threes) // 4)


def _cut(digits: str, sizes: Sequence[int]) -> list[str]:
    cut, at = [], 0
    for size in sizes:
        cut.append(digits[at : at + size])
        at += size
    return cut


class Speech(ABC):
    """One language's rules."""

    language: str
    country: str  # whose telephone numbers are meant unless said otherwise

    @abstractmethod
    def cardinal(self, number: int) -> Parts:
        """Any whole number from -CARDINAL_MOST to CARDINAL_MOST."""

    @abstractmethod
    def ordinal(self, number: int) -> Parts:
        """第一, first: 1 to CARDINAL_MOST in Chinese, 1 to 999 in English."""

    @abstractmethod
    def position(self, number: int) -> Parts:
        """A place in a queue, from 1."""

    @abstractmethod
    def money(self, amount: Decimal, currency: Currency) -> Parts:
        """An amount with at most two decimals; a negative one too."""

    @abstractmethod
    def time(self, moment: time) -> Parts:
        """Time of day to the minute, on the twelve-hour clock with the part of the day."""

    @abstractmethod
    def duration(self, seconds: int) -> Parts:
        """Days, hours, minutes and seconds, those that are not zero."""

    @abstractmethod
    def _date(self, day: date, with_year: bool) -> Parts: ...

    @abstractmethod
    def _telephone_digit(self, digit: str) -> str: ...

    def weekday(self, day: date) -> Parts:
        """Its day of the week."""
        return [f"weekday_{day.isoweekday()}"]

    def date(self, day: date, today: date | None = None) -> Parts:
        """A date. Told `today`, says yesterday, today or tomorrow, and leaves out the year if it is this year's."""
        if day.year not in YEARS:
            raise ValueError(f"the year {day.year} is not said; {YEARS.start} to {YEARS.stop - 1} are")
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
        if today is not None and (day - today).days in near:
            return [near[(day - today).days]]
        return self._date(day, with_year=today is None or day.year != today.year)

    def digits(self, text: str) -> Parts:
        """Each digit by itself, as of an order number; spaces and hyphens are pauses. Also * and #."""
        found = re.split(r"[\s\-]+", text.strip())
        if not all(DIGITS.fullmatch(group) for group in found):
            raise ValueError(f"{text!r} cannot be said digit by digit: 0-9, * and # can")
        return _with_pauses([[SIGNS.get(sign, f"digit_{sign}") for sign in group] for group in found])

    def telephone(self, number: str, country: str | None = None) -> Parts:
        """A telephone number, in groups with pauses."""
        return _with_pauses(
            [
                ["plus"] * group.startswith("+")
                + [SIGNS.get(sign) or self._telephone_digit(sign) for sign in group.lstrip("+")]
                for group in groups(number, country or self.country)
            ]
        )


class Chinese(Speech):
    """Mandarin. Ten thousand and a hundred million are units; a skipped place is 零; 两 counts things."""

    language = "zh"
    country = "cn"

    def cardinal(self, number: int) -> Parts:
        _sayable(number)
        if number < 0:
            return ["minus", *self.cardinal(-number)]
        if number == 0:
            return ["digit_0"]
        said = self._read(number)
        if said[:2] == ["digit_1", "ten"]:
            del said[0]  # 十二, not 一十二; inside a number it stays: 一百一十二
        if said[0] == "digit_2" and said[1:2] and said[1] in ("thousand", "ten_thousand", "hundred_million"):
            said[0] = "liang"  # 两千, 两万, 两亿; but 二十, 二百, and 一万二千
        return said

    def ordinal(self, number: int) -> Parts:
        _positive(number)
        return ["ordinal", *self.cardinal(number)]

    def position(self, number: int) -> Parts:
        return [*self.ordinal(number), "place"]

    def counted(self, number: int, *measure: str) -> Parts:
        """A number before a measure word: two of it is 两."""
        return [*(["liang"] if number == 2 else self.cardinal(number)), *measure]

    def money(self, amount: Decimal, currency: Currency) -> Parts:
        negative, whole, hundredths = _amount(amount)
        said = self.counted(whole, f"{currency.lower()}_1") if whole or not hundredths else []
        if currency != "CNY":
            if hundredths:
                said += ["digit_0"] * (whole > 0 and hundredths < 10)
                said += [*(self.cardinal if said else self.counted)(hundredths), f"{currency.lower()}_cent"]
            return ["minus"] * negative + said
        jiao, fen = divmod(hundredths, 10)
        if jiao:
            said += [*(self.cardinal if said else self.counted)(jiao), "jiao"]
        elif fen and whole:
            said += ["digit_0"]  # 十二元零五分
        if fen:
            said += [*(self.cardinal if said else self.counted)(fen), "fen"]
        return ["minus"] * negative + said

    def time(self, moment: time) -> Parts:
        names = ((5, "early_morning"), (12, "morning"), (13, "noon"), (18, "afternoon"), (24, "evening"))
        period = next(name for end, name in names if moment.hour < end)
        hour = moment.hour if moment.hour <= 12 else moment.hour - 12
        said = [period, *self.counted(hour, "clock")]
        if moment.minute:
            said += ["digit_0"] * (moment.minute < 10) + [*self.cardinal(moment.minute), "clock_minute"]
        return said

    def duration(self, seconds: int) -> Parts:
        return [part for count, unit in _units(seconds) for part in self.counted(count, f"{unit}s")]

    def _date(self, day: date, with_year: bool) -> Parts:
        year = [*self.digits(str(day.year)), "year"] if with_year else []
        return [*year, *self.cardinal(day.month), "month", *self.cardinal(day.day), "day_of_month"]

    def _telephone_digit(self, digit: str) -> str:
        return "digit_yao" if digit == "1" else f"digit_{digit}"  # 一 and 七 sound alike on a bad line

    def _read(self, number: int) -> Parts:
        """Without the rules for how a number begins."""
        for unit, name in (
            (10**8, "hundred_million"),
            (10**4, "ten_thousand"),
            (1000, "thousand"),
            (100, "hundred"),
            (10, "ten"),
        ):
            high, low = divmod(number, unit)
            if not high:
                continue
            said = [*self._read(high), name]
            if low:
                said += ["digit_0"] * (low < unit // 10) + self._read(low)
            return said
        return [f"digit_{number}"]


class English(Speech):
    """English; `british` says "one hundred and one" and "the second of May", else "one hundred one", "May second"."""

    language = "en"
    country = "us"

    def __init__(self, british: bool = False) -> None:
        self.british = british
        self.country = "gb" if british else "us"

    def cardinal(self, number: int) -> Parts:
        _sayable(number)
        if number < 0:
            return ["minus", *self.cardinal(-number)]
        for unit, name in (
            (10**12, "trillion"),
            (10**9, "billion"),
            (10**6, "million"),
            (1000, "thousand"),
            (100, "hundred"),
        ):
            high, low = divmod(number, unit)
            if not high:
                continue
            said = [*self.cardinal(high), name]
            if low:
                said += ["and"] * (self.british and low < 100) + self.cardinal(low)
            return said
        if number < 20:
            return [_small(number)]
        return [f"number_{number // 10 * 10}"] + ([_small(number % 10)] if number % 10 else [])

    def ordinal(self, number: int) -> Parts:
        _positive(number)
        if number > 999:
            raise ValueError(f"{number} is not said as an ordinal; 1 to 999 are")
        said = self.cardinal(number)
        return [*said[:-1], f"ordinal_{said[-1].rpartition('_')[2]}"]

    def position(self, number: int) -> Parts:
        _positive(number)
        return ["number", *self.cardinal(number)]

    def money(self, amount: Decimal, currency: Currency) -> Parts:
        negative, whole, hundredths = _amount(amount)
        name = currency.lower()
        said = ["minus"] * negative
        if currency == "CNY":  # nobody says jiao and fen in English
            said += self.cardinal(whole)
            if hundredths:
                said += ["point", *self.digits(f"{hundredths:02}".rstrip("0"))]
            return [*said, f"{name}_1"]
        if whole or not hundredths:
            said += [*self.cardinal(whole), f"{name}_1" if whole == 1 else f"{name}_2"]
            said += ["and"] * (hundredths > 0)
        if hundredths:
            said += [*self.cardinal(hundredths), f"{name}_cent" if hundredths == 1 else f"{name}_cents"]
        return said

    def time(self, moment: time) -> Parts:
        if moment.minute == 0 and moment.hour in (0, 12):
            return ["noon" if moment.hour else "midnight"]
        said = self.cardinal(moment.hour % 12 or 12)
        if moment.minute:
            said += ["oh"] * (moment.minute < 10) + self.cardinal(moment.minute)
        return [*said, "pm" if moment.hour >= 12 else "am"]

    def duration(self, seconds: int) -> Parts:
        spoken = [[*self.cardinal(count), unit if count == 1 else f"{unit}s"] for count, unit in _units(seconds)]
        if len(spoken) > 1:
            spoken[-1].insert(0, "and")
        return [part for parts in spoken for part in parts]

    def _date(self, day: date, with_year: bool) -> Parts:
        nth, month = self.ordinal(day.day), f"month_{day.month}"
        said = ["the", *nth, "of", month] if self.british else [month, *nth]
        return said + (self._year(day.year) if with_year else [])

    def _year(self, year: int) -> Parts:
        century, rest = divmod(year, 100)
        if century % 10 == 0 and rest < 10:
            return self.cardinal(year)  # two thousand, two thousand one
        if rest == 0:
            return [*self.cardinal(century), "hundred"]
        return [*self.cardinal(century), *(["oh"] * (rest < 10)), *self.cardinal(rest)]

    def _telephone_digit(self, digit: str) -> str:
        return "oh" if digit == "0" and self.british else f"digit_{digit}"


def speech(language: str, country: str | None = None) -> Speech:
    """The rules of "zh" or "en", and the country's where they differ."""
    if language == "zh":
        return Chinese()
    if language == "en":
        return English(british=country in ("gb", "au", "hk", "in", "sg"))
    raise ValueError(f"no rules of speech for language {language!r}; there are en, zh")


def _small(number: int) -> str:
    return f"digit_{number}" if number < 10 else f"number_{number}"


def _with_pauses(said: list[Parts]) -> Parts:
    return [part for group in said for part in (PAUSE, *group)][1:]


def _sayable(number: int) -> None:
    if abs(number) > CARDINAL_MOST:
        raise ValueError(f"{number} is too large to be said; at most {CARDINAL_MOST}")


def _positive(number: int) -> None:
    if number < 1:
        raise ValueError(f"{number} is no place in a row; they begin with 1")


def _amount(amount: Decimal) -> tuple[bool, int, int]:
    """Negative or not, whole units, hundredths."""
    hundredths = amount * 100 if amount.is_finite() else Decimal("0.1")
    if hundredths != hundredths.to_integral_value():
        raise ValueError(f"{amount} is no amount of money: at most two decimals")
    whole, rest = divmod(abs(int(hundredths)), 100)
    _sayable(whole)
    return hundredths < 0, whole, rest


def _units(seconds: int) -> list[tuple[int, str]]:
    """Count and unit, without zeros; a duration of nothing is zero seconds."""
    if seconds < 0:
        raise ValueError(f"{seconds} s: a duration is not negative")
    found = []
    for name, length in UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            found.append((count, name))
    return found or [(0, "second")]
