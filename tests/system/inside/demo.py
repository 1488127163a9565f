"""The demonstration call (`callbox demo-call`) with every one of its far-end checks, through the kernel."""

import json
import shutil
from pathlib import Path

from firmware.config import load_country
from firmware.training.demo import demo_call, report
from tests.system.inside.bench import RESULTS, loop_cards

DATA = Path("/tmp/demo")


def main() -> None:
    result = demo_call(load_country("cn"), data=DATA, real_time=True, card=loop_cards())
    print(report(result))
    (RESULTS / "demo.json").write_text(json.dumps(result, indent=1, ensure_ascii=False, default=str), encoding="utf-8")
    shutil.copytree(DATA, RESULTS / "demo", dirs_exist_ok=True)


if __name__ == "__main__":
    main()
