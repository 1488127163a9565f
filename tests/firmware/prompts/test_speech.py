"""What is said, word by word: tables, and every number read back by somebody who knows only how to read."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.prompts import Prompts, texts
from firmware.prompts.speech import CARDINAL_MOST, Chinese, Currency, English, Speech, groups, speech

ZH, EN, GB = Chinese(), English(), English(british=True)
PARTS = texts()["parts"]


def words(rules: Speech, parts: list[str]) -> str:
    """As one would write it down; a pause is a comma."""
    said = [{**PARTS[rules.language], "pause": ","}[part] for part in parts]
    return ("" if rules.language == "zh" else " ").join(said).replace("凌辰", "凌晨").replace(" ,", ",")


@pytest.mark.parametrize(
    ("number", "zh", "us", "gb"),
    [
        (0, "零", "zero", None),
        (1, "一", "one", None),
        (2, "二", "two", None),
        (9, "九", "nine", None),
        (10, "十", "ten", None),
        (12, "十二", "twelve", None),
        (19, "十九", "nineteen", None),
        (20, "二十", "twenty", None),
        (22, "二十二", "twenty two", None),
        (99, "九十九", "ninety nine", None),
        (100, "一百", "one hundred", None),
        (101, "一百零一", "one hundred one", "one hundred and one"),
        (110, "一百一十", "one hundred ten", "one hundred and ten"),
        (112, "一百一十二", "one hundred twelve", "one hundred and twelve"),
        (200, "二百", "two hundred", None),
        (222, "二百二十二", "two hundred twenty two", "two hundred and twenty two"),
        (1000, "一千", "one thousand", None),
        (1001, "一千零一", "one thousand one", "one thousand and one"),
        (1010, "一千零一十", "one thousand ten", "one thousand and ten"),
        (1100, "一千一百", "one thousand one hundred", None),
        (2000, "两千", "two thousand", None),
        (2002, "两千零二", "two thousand two", "two thousand and two"),
        (2222, "两千二百二十二", "two thousand two hundred twenty two", "two thousand two hundred and twenty two"),
        (10_000, "一万", "ten thousand", None),
        (10_001, "一万零一", "ten thousand one", "ten thousand and one"),
        (10_010, "一万零一十", "ten thousand ten", "ten thousand and ten"),
        (11_000, "一万一千", "eleven thousand", None),
        (12_000, "一万二千", "twelve thousand", None),
        (20_000, "两万", "twenty thousand", None),
        (22_000, "两万二千", "twenty two thousand", None),
        (100_000, "十万", "one hundred thousand", None),
        (100_010, "十万零一十", "one hundred thousand ten", "one hundred thousand and ten"),
        (101_000, "十万一千", "one hundred one thousand", "one hundred and one thousand"),
        (120_000, "十二万", "one hundred twenty thousand", "one hundred and twenty thousand"),
        (1_000_000, "一百万", "one million", None),
        (10_010_000, "一千零一万", "ten million ten thousand", None),
        (10**8, "一亿", "one hundred million", None),
        (10**8 + 1, "一亿零一", "one hundred million one", "one hundred million and one"),
        (10**8 + 10_000, "一亿零一万", "one hundred million ten thousand", None),
        (10**8 + 1000, "一亿零一千", "one hundred million one thousand", None),
        (2 * 10**8, "两亿", "two hundred million", None),
        (10**9, "十亿", "one billion", None),
        (10**12, "一万亿", "one trillion", None),
        (-5, "负五", "minus five", None),
        (-12_000, "负一万二千", "minus twelve thousand", None),
    ],
)
def test_cardinals(number: int, zh: str, us: str, gb: str | None) -> None:
    assert words(ZH, ZH.cardinal(number)) == zh
    assert words(EN, EN.cardinal(number)) == us
    assert words(GB, GB.cardinal(number)) == (gb or us)


NUMBERS = st.one_of(
    st.integers(-CARDINAL_MOST, CARDINAL_MOST),
    st.integers(-120_000, 120_000),
    st.builds(lambda digits: int("".join(digits)), st.lists(st.sampled_from("0012"), min_size=1, max_size=15)),
)


def read_chinese(text: str) -> int:
    """The other way round: a reader who adds up, and knows nothing of when 零 and 两 are said."""
    if text.startswith("负"):
        return -read_chinese(text[1:])
    total = part = digit = 0
    for sign in text:
        if sign in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(sign)
        elif sign == "两":
            digit = 2
        elif sign in "十百千":
            part += (digit or 1) * 10 ** ("十百千".index(sign) + 1)
            digit = 0
        elif sign == "万":
            total, part, digit = total + (part + digit) * 10**4, 0, 0
        else:
            total, part, digit = (total + part + digit) * 10**8, 0, 0
    return total + part + digit


def read_english(text: str) -> int:
    """The same for English."""
    small = {
        PARTS["en"][part]: int(part[part.index("_") + 1 :])
        for part in PARTS["en"]
        if part.startswith(("digit_", "number_"))
    }
    large = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
    total = part = 0
    for word in text.removeprefix("minus ").split():
        if word in large:
            total, part = total + part * large[word], 0
        elif word == "hundred":
            part *= 100
        elif word != "and":
            part += small[word]
    return (total + part) * (-1 if text.startswith("minus") else 1)


@given(NUMBERS)
def test_every_number_reads_back(number: int) -> None:
    chinese = words(ZH, ZH.cardinal(number))
    assert read_chinese(chinese) == number
    assert not chinese.startswith("一十")
    assert "零零" not in chinese
    assert number == 0 or not chinese.endswith("零")
    assert "两" not in chinese.removeprefix("负")[1:]
    assert read_english(words(EN, EN.cardinal(number))) == number
    assert read_english(words(GB, GB.cardinal(number))) == number


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (1, "第一", "first"),
        (2, "第二", "second"),
        (3, "第三", "third"),
        (11, "第十一", "eleventh"),
        (12, "第十二", "twelfth"),
        (20, "第二十", "twentieth"),
        (21, "第二十一", "twenty first"),
        (30, "第三十", "thirtieth"),
        (100, "第一百", "one hundredth"),
        (101, "第一百零一", "one hundred first"),
        (113, "第一百一十三", "one hundred thirteenth"),
    ],
)
def test_ordinals(number: int, zh: str, en: str) -> None:
    assert words(ZH, ZH.ordinal(number)) == zh
    assert words(EN, EN.ordinal(number)) == en


def test_positions() -> None:
    assert words(ZH, ZH.position(2)) == "第二位"
    assert words(ZH, ZH.counted(2, "place")) == "两位"
    assert words(EN, EN.position(2)) == "number two"


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("13812345678", "cn", "138 1234 5678"),
        ("01088886666", "cn", "010 8888 6666"),
        ("02151112222", "cn", "021 5111 2222"),
        ("075588886666", "cn", "0755 8888 6666"),
        ("03511234567", "cn", "0351 123 4567"),
        ("4008108888", "cn", "400 810 8888"),
        ("95588", "cn", "95588"),
        ("110", "cn", "110"),
        ("8888666", "cn", "888 8666"),
        ("88886666", "cn", "8888 6666"),
        ("+8613812345678", "cn", "+86 138 1234 5678"),
        ("+861088886666", "us", "+86 10 8888 6666"),
        ("2125550123", "us", "212 555 0123"),
        ("12125550123", "us", "1 212 555 0123"),
        ("5550123", "us", "555 0123"),
        ("+12125550123", "cn", "+1 212 555 0123"),
        ("02079460123", "gb", "020 7946 0123"),
        ("07700900123", "gb", "07700 900 123"),
        ("01214960123", "gb", "0121 496 0123"),
        ("+447700900123", "us", "+44 7700 900 123"),
        ("+353 1 234 5678", "us", "+353 1 234 5678"),
        ("(010) 8888-6666", "cn", "010 8888 6666"),
        ("010-88886666", "cn", "010 8888 6666"),
        ("*72#", "us", "*72#"),
        ("123456", "xx", "123 456"),
        ("123456789", "xx", "123 456 789"),
        ("+35312345678", "us", "+353 1234 5678"),
    ],
)
def test_groups_of_telephone_numbers(number: str, country: str, expected: str) -> None:
    assert " ".join(groups(number, country)) == expected


@given(st.text("0123456789*#", min_size=1, max_size=20), st.sampled_from(["cn", "us", "gb", "xx"]), st.booleans())
def test_no_digit_is_lost(number: str, country: str, abroad: bool) -> None:
    assert "".join(groups("+" * abroad + number, country)) == "+" * abroad + number


def test_telephone_numbers() -> None:
    assert words(ZH, ZH.telephone("13801023456")) == "幺三八,零幺零二,三四五六"
    assert words(ZH, ZH.telephone("+8610086")) == "加八六,幺零零八六"
    assert words(EN, EN.telephone("2125550123")) == "two one two, five five five, zero one two three"
    assert words(GB, GB.telephone("02079460123")) == "oh two oh, seven nine four six, oh one two three"
    assert words(ZH, ZH.telephone("*57#")) == "星号五七井号"


def test_digits() -> None:
    assert words(ZH, ZH.digits("1024-7*")) == "一零二四,七星号"
    assert words(EN, EN.digits("10 24#")) == "one zero, two four hash"


@pytest.mark.parametrize(
    ("amount", "currency", "zh", "en"),
    [
        ("0", "CNY", "零元", "zero yuan"),
        ("2", "CNY", "两元", "two yuan"),
        ("12", "CNY", "十二元", "twelve yuan"),
        ("12.5", "CNY", "十二元五角", "twelve point five yuan"),
        ("12.50", "CNY", "十二元五角", "twelve point five yuan"),
        ("12.34", "CNY", "十二元三角四分", "twelve point three four yuan"),
        ("12.05", "CNY", "十二元零五分", "twelve point zero five yuan"),
        ("0.50", "CNY", "五角", "zero point five yuan"),
        ("0.20", "CNY", "两角", "zero point two yuan"),
        ("0.02", "CNY", "两分", "zero point zero two yuan"),
        ("2.22", "CNY", "两元二角二分", "two point two two yuan"),
        ("200", "CNY", "二百元", "two hundred yuan"),
        ("100000000", "CNY", "一亿元", "one hundred million yuan"),
        ("-12.50", "CNY", "负十二元五角", "minus twelve point five yuan"),
        ("1", "USD", "一美元", "one dollar"),
        ("0.01", "USD", "一美分", "one cent"),
        ("2.02", "USD", "两美元零二美分", "two dollars and two cents"),
        ("12.34", "USD", "十二美元三十四美分", "twelve dollars and thirty four cents"),
        ("1.01", "GBP", "一英镑零一便士", "one pound and one penny"),
        ("3.50", "GBP", "三英镑五十便士", "three pounds and fifty pence"),
        ("0", "EUR", "零欧元", "zero euros"),
        ("0.99", "EUR", "九十九欧分", "ninety nine cents"),
    ],
)
def test_money(amount: str, currency: Currency, zh: str, en: str) -> None:
    assert words(ZH, ZH.money(Decimal(amount), currency)) == zh
    assert words(EN, EN.money(Decimal(amount), currency)) == en


@pytest.mark.parametrize(
    ("day", "zh", "us", "gb"),
    [
        (
            date(2026, 11, 22),
            "二零二六年十一月二十二日",
            "November twenty second twenty twenty six",
            "the twenty second of November twenty twenty six",
        ),
        (date(2000, 1, 1), "二零零零年一月一日", "January first two thousand", "the first of January two thousand"),
        (
            date(2001, 2, 10),
            "二零零一年二月十日",
            "February tenth two thousand one",
            "the tenth of February two thousand and one",
        ),
        (
            date(1900, 12, 31),
            "一九零零年十二月三十一日",
            "December thirty first nineteen hundred",
            "the thirty first of December nineteen hundred",
        ),
        (
            date(1905, 3, 12),
            "一九零五年三月十二日",
            "March twelfth nineteen oh five",
            "the twelfth of March nineteen oh five",
        ),
        (
            date(2010, 10, 20),
            "二零一零年十月二十日",
            "October twentieth twenty ten",
            "the twentieth of October twenty ten",
        ),
        (
            date(2100, 2, 2),
            "二一零零年二月二日",
            "February second twenty one hundred",
            "the second of February twenty one hundred",
        ),
    ],
)
def test_dates(day: date, zh: str, us: str, gb: str) -> None:
    assert [words(rules, rules.date(day)) for rules in (ZH, EN, GB)] == [zh, us, gb]


def test_dates_near_today() -> None:
    today = date(2026, 1, 1)
    assert words(ZH, ZH.date(date(2025, 12, 31), today)) == "昨天"
    assert words(EN, EN.date(today, today)) == "today"
    assert words(ZH, ZH.date(date(2026, 1, 2), today)) == "明天"
    assert words(ZH, ZH.date(date(2026, 11, 2), today)) == "十一月二日"
    assert words(EN, EN.date(date(2025, 11, 2), today)) == "November second twenty twenty five"
    assert words(ZH, ZH.weekday(date(2026, 11, 22))) == "星期日"
    assert words(EN, EN.weekday(date(2026, 11, 22))) == "Sunday"


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (time(0, 0), "凌晨零点", "midnight"),
        (time(0, 5), "凌晨零点零五分", "twelve oh five a.m."),
        (time(2, 2), "凌晨两点零二分", "two oh two a.m."),
        (time(8, 0), "上午八点", "eight a.m."),
        (time(11, 59), "上午十一点五十九分", "eleven fifty nine a.m."),
        (time(12, 0), "中午十二点", "noon"),
        (time(12, 30), "中午十二点三十分", "twelve thirty p.m."),
        (time(14, 10), "下午两点十分", "two ten p.m."),
        (time(18, 45), "晚上六点四十五分", "six forty five p.m."),
        (time(23, 59), "晚上十一点五十九分", "eleven fifty nine p.m."),
    ],
)
def test_times(moment: time, zh: str, en: str) -> None:
    assert words(ZH, ZH.time(moment)) == zh
    assert words(EN, EN.time(moment)) == en


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "零秒", "zero seconds"),
        (1, "一秒", "one second"),
        (2, "两秒", "two seconds"),
        (60, "一分钟", "one minute"),
        (125, "两分钟五秒", "two minutes and five seconds"),
        (3600, "一小时", "one hour"),
        (7322, "两小时两分钟两秒", "two hours two minutes and two seconds"),
        (90_000, "一天一小时", "one day and one hour"),
    ],
)
def test_durations(seconds: int, zh: str, en: str) -> None:
    assert words(ZH, ZH.duration(seconds)) == zh
    assert words(EN, EN.duration(seconds)) == en


@pytest.mark.parametrize(
    ("say", "complaint"),
    [
        (lambda: ZH.cardinal(CARDINAL_MOST + 1), "too large"),
        (lambda: EN.money(Decimal("1.005"), "USD"), "at most two decimals"),
        (lambda: ZH.money(Decimal("NaN"), "CNY"), "no amount of money"),
        (lambda: ZH.duration(-1), "not negative"),
        (lambda: ZH.position(0), "begin with 1"),
        (lambda: EN.ordinal(1000), "1 to 999"),
        (lambda: EN.digits("12a"), "digit by digit"),
        (lambda: EN.digits(""), "digit by digit"),
        (lambda: ZH.telephone("abc"), "no telephone number"),
        (lambda: ZH.telephone("++86"), "no telephone number"),
        (lambda: ZH.date(date(999, 1, 1)), "the year 999"),
        (lambda: speech("fr"), "there are en, zh"),
    ],
)
def test_what_cannot_be_said_is_told(say: object, complaint: str) -> None:
    assert callable(say)
    with pytest.raises(ValueError, match=complaint):
        say()


def test_country_chooses_the_english() -> None:
    assert words(EN, speech("en", "gb").cardinal(101)) == "one hundred and one"
    assert words(EN, speech("en", "us").cardinal(101)) == "one hundred one"


@pytest.mark.parametrize("rules", [ZH, EN, GB])
def test_every_part_said_is_a_file(rules: Speech) -> None:
    prompts = Prompts(rules.language)
    said = [rules.telephone("+13*5#7902468"), rules.position(99), rules.digits("0-1")]
    said += [rules.cardinal(number) for number in [*range(100), -1_234_567_890_123, 10**12]]
    said += [rules.ordinal(number) for number in range(1, 101)]
    said += [
        rules.money(Decimal(amount), currency)
        for amount in ("0.01", "1.11", "2.22", "0")
        for currency in ("CNY", "USD", "GBP", "EUR")
    ]
    said += [rules.date(date(2026, month, 3)) for month in range(1, 13)]
    said += [rules.date(date(2026, 1, day), date(2026, 1, 2)) for day in (1, 2, 3)] + [
        rules.weekday(date(2026, 11, day)) for day in range(1, 8)
    ]
    said += [rules.time(time(hour, 7)) for hour in range(24)] + [rules.time(time(0)), rules.time(time(12))]
    said += [rules.duration(seconds) for seconds in (0, 1, 2, 90_061, 180_122)]
    for parts in said:
        for part in parts:
            assert prompts.path(part).is_file(), part
    assert set(PARTS[rules.language]) - {part for parts in said for part in parts} <= (
        {"and", "the", "of", "oh", "liang", "place"}
    ), "never said"
