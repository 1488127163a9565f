"""Speech of a seeded recipe: sentences drawn from word lists, spoken by espeak-ng (Mandarin and English), brought to a
telephone's band and level.

Nothing is stored: the same seed gives the same sound with the same espeak-ng.
"""

import io
import subprocess
import wave

import numpy as np

from firmware.conformance import signals
from firmware.conformance.signals import RATE, Wave

VARIANTS = (
    "", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+Annie", "+Alicia",
    "+Andy", "+Denis", "+Diogo", "+Lee", "+Michael", "+klatt", "+klatt2", "+klatt4", "+belinda", "+steph",
    "+croak", "+whisper", "+linda",
)  # fmt: skip
ENGLISH = ("en-us", "en-gb", "en-gb-scotland", "en-029")
CHINESE = ("cmn-latn-pinyin", "yue")  # not "cmn": that voice says most characters as English letters

ENGLISH_WORDS = """
the order number five seven please call me back tomorrow morning about our delivery it is still not here and
nobody answered yesterday evening when can you send someone to repair the machine we bought eight weeks ago
from your office thank you very much for waiting yes no maybe of course I would like to speak with a manager
regarding an invoice which shows twelve hundred dollars instead of nine hundred good afternoon who is
calling hold the line one moment oh really that sounds wonderful unfortunately however because although
between through further weather music beautiful enormous piano window yellow orange river mountain seven
eleven zero double three agree feel we see need believe
"""
CHINESE_WORDS = """
您好 请问 这里 是 客户 服务 中心 我 的 订单 号码 一 二 三 四 五 六 七 八 九 零 什么 时候 可以 送到 昨天 没有
人 接 电话 请 稍等 马上 为您 转接 谢谢 再见 不 好意思 麻烦 你 帮 我 查 一下 发票 金额 不对 机器 坏了 需要
维修 上门 明天 上午 下午 三点 半 地址 北京 上海 广州 路 弄 楼 经理 投诉 建议 会议 取消 预约 医生 挂号 银行
密码 余额 转账 快递 天气 下雨 高兴 非常 因为 所以 虽然 但是 如果 已经 还是 应该 知道 告诉 等待 音乐 漂亮 喂
嗯 啊 对 行 好的 没问题 一百 两千 三万 元 角 分
"""


def text(chinese: bool, words: int, rng: np.random.Generator) -> str:
    """Sentences of random words, four to eleven each."""
    vocabulary = (CHINESE_WORDS if chinese else ENGLISH_WORDS).split()
    parts: list[str] = []
    while words > 0:
        length = int(rng.integers(4, 12))
        chosen = [vocabulary[int(place)] for place in rng.integers(0, len(vocabulary), length)]
        parts.append(("" if chinese else " ").join(chosen) + ("。" if chinese else ". "))
        words -= length
    return "".join(parts)


def spoken(words: str, voice: str, speed: int, pitch: int) -> Wave:
    """espeak-ng's voice at 8 kHz, full band. CalledProcessError, FileNotFoundError: espeak-ng cannot."""
    made = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdin", "--stdout"],
        input=words.encode(), check=True, capture_output=True,
    ).stdout  # fmt: skip
    with wave.open(io.BytesIO(made), "rb") as file:
        rate = file.getframerate()
        frames = file.readframes(len(made))  # on a pipe the header knows no length
    return at_telephone_rate(np.frombuffer(frames, dtype="<i2").astype(np.float64), rate)


def at_telephone_rate(sound: Wave, rate: int) -> Wave:
    """Resampled to 8 kHz by its spectrum."""
    count = len(sound) // rate * rate
    sound = np.pad(sound, (0, rate - (len(sound) - count)))
    spectrum = np.fft.rfft(sound)
    wanted = len(sound) // rate * RATE
    return np.asarray(np.fft.irfft(spectrum[: wanted // 2 + 1], wanted) * wanted / len(sound))


def talk(seconds: float, chinese: bool, rng: np.random.Generator) -> Wave:
    """One speaker for so long: one voice, one speed, one pitch."""
    language = str(rng.choice(CHINESE if chinese else ENGLISH, p=(0.85, 0.15) if chinese else None))
    voice = language + str(rng.choice(VARIANTS))
    speed, pitch = int(rng.integers(110, 240)), int(rng.integers(10, 95))
    pieces: list[Wave] = []
    while sum(map(len, pieces)) < seconds * RATE:
        pieces.append(spoken(text(chinese, 120, rng), voice, speed, pitch))
    return np.concatenate(pieces)[: round(seconds * RATE)]


def phrase(seed: int, dbm0: float) -> Wave:
    """Some seconds of a prompt at this level, Mandarin and English in turn."""
    rng = signals.rng_of("phrase", seed)
    language = CHINESE[0] if seed % 2 else ENGLISH[0]
    sound = spoken(
        text(bool(seed % 2), 12, rng), language + str(rng.choice(VARIANTS[:13])), 170, int(rng.integers(30, 70))
    )
    return signals.at_level(signals.shaped(sound, 300, 3400), dbm0)
