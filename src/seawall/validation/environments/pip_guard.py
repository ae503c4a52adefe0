"""Runs pip in a process that cannot start another one. Run as a script: `python -I pip_guard.py download …`.

`--only-binary :all:` is not enough: pip does not apply it to a dependency written as a direct reference
(`evil @ https://…/evil.tar.gz`, `evil @ git+…`), whose build would run on the host. Every build backend and every
version control client is a child process, so an audit hook that refuses children makes "pip runs no package code" a
property of the process and not of pip's options. pip's own uses of children are optional and take the refusal.
"""

from __future__ import annotations

import runpy
import sys

_REFUSED = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn"}
)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError("seawall: no program may be started while packages are being fetched")


if __name__ == "__main__":
    sys.addaudithook(_refuse)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
