"""A recording as a picture: the loudest sample of each moment, for both parties, drawn by the box as SVG."""

import wave
from pathlib import Path

WIDTH = 1_000  # moments across
HEIGHT = 40  # half of it up, half down, for each party
AT_ONCE = 64  # moments read together


class Unreadable(Exception):
    """The file is not there or is no recording of two parties."""


def peaks(path: Path) -> list[tuple[float, float]]:
    """At most WIDTH moments, each the loudest of the left and of the right channel, 0 to 1. Raises Unreadable."""
    import numpy as np  # here, because the page starts sooner without it

    try:
        with wave.open(str(path), "rb") as file:
            channels, frames = file.getnchannels(), file.getnframes()
            if file.getsampwidth() != 2 or not 1 <= channels <= 2 or not frames:
                raise Unreadable(path.name)
            each = -(-frames // WIDTH)
            found: list[tuple[float, float]] = []
            while block := file.readframes(each * AT_ONCE):
                samples = np.abs(np.frombuffer(block, dtype="<i2").reshape(-1, channels).astype(np.int32))
                for start in range(0, len(samples), each):
                    loudest = samples[start : start + each].max(axis=0) / 32_768
                    found.append((float(loudest[0]), float(loudest[-1])))
            return found
    except (OSError, EOFError, wave.Error, ValueError) as error:
        raise Unreadable(path.name) from error


def svg(found: list[tuple[float, float]], parties: int = 2) -> str:
    """Two bands, the caller above and the agent below, or one; a style sheet colours them. Quiet speech can be seen,
    too."""
    bands = []
    for party, middle in enumerate((HEIGHT // 2, HEIGHT + HEIGHT // 2)[:parties]):
        heights = [max(0.4, (one[party] ** 0.5) * (HEIGHT / 2 - 1)) for one in found]
        strokes = "".join(f"M{at} {middle - height:.1f}V{middle + height:.1f}" for at, height in enumerate(heights))
        bands.append(f'<path class="wave-{party}" d="{strokes}"/>')
    size = f'viewBox="0 0 {max(1, len(found))} {parties * HEIGHT}" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="wave" {size} aria-hidden="true">{"".join(bands)}</svg>'
