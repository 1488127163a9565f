"""Keeps the box's flows as files: python examples/flows_as_files.py out FOLDER | in FOLDER.

`out` writes each flow to FOLDER/NAME.json, to be put under version control or carried to another box. `in` publishes
the files that are not as the box has them, after its checks. CALLBOX_URL is where the page is, CALLBOX_KEY a key with
the scope "flows" (Setup, Programs).
"""

import json
import os
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def ask(how: str, path: str, body: dict | None = None) -> dict:
    """One question to the box. A refusal is an HTTPError."""
    request = Request(f"{os.environ['CALLBOX_URL']}/api/v1/flows{path}", method=how)
    request.add_header("Authorization", f"Bearer {os.environ['CALLBOX_KEY']}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


def take_out(folder: Path) -> None:
    """Each as callers come into it; one that was never published as it is drafted."""
    folder.mkdir(parents=True, exist_ok=True)
    for flow in ask("GET", "")["flows"]:
        which = "" if flow["version"] is None else f"?version={flow['version']}"
        document = ask("GET", f"/{flow['flow']}/document{which}")
        (folder / f"{flow['flow']}.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(f"{flow['flow']}: written")


def take_in(folder: Path) -> bool:
    """Publishes what is different; False if one is refused."""
    there = {flow["flow"] for flow in ask("GET", "")["flows"]}
    well = True
    for file in sorted(folder.glob("*.json")):
        name, document = file.stem, json.loads(file.read_text("utf-8"))
        now = ask("GET", f"/{name}") if name in there else {"stamp": "", "document": None}
        if now["document"] == document:
            continue
        try:
            ask("PUT", f"/{name}/draft", {"document": document, "seen": now["stamp"]})
            print(f"{name}: version {ask('POST', f'/{name}/publish', {'note': file.name})['version']}")
        except HTTPError as error:
            told = json.load(error)
            print(f"{name}: {told['message']}")
            for problem in told.get("detail", {}).get("problems", ()):
                print(f"  {problem['node'] or 'flow'}: {problem['text']}")
            well = False
    return well


def main() -> int:
    """1 if a file was refused."""
    what, folder = sys.argv[1:]
    if what == "in":
        return 0 if take_in(Path(folder)) else 1
    take_out(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
