"""`python -m webui --data DIR --http HOST:PORT` starts the page (webui/serve.py)."""

import gc
import sys


def start() -> int:
    """As `callbox run` loads its modules: nothing can be garbage yet, and looking for it is a part of the start."""
    gc.disable()
    from webui.serve import main

    gc.freeze()  # what the worker shares is not copied only because it was looked through
    gc.enable()
    return main()


if __name__ == "__main__":
    sys.exit(start())
