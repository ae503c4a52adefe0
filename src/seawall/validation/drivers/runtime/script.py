"""Runs the finder's own program in Python. Run as `python -I -S …/script.py SITE SCRIPT [ABSENT IMPORT …]`.

Nothing that the program says is believed: it shares this process. Only its effects count, and the controls.
"""

from __future__ import annotations

import runpy
import sys

sys.path.insert(0, "/w/driver")
from seawall.validation.drivers.runtime import absent  # found by the line above

sys.path.remove("/w/driver")


def main() -> None:
    """Put the environment on the path and run the script as `__main__`."""
    site, script, *imports = sys.argv[1:]
    sys.path.append(site)
    absent.install(imports)
    sys.argv[:] = [script]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
