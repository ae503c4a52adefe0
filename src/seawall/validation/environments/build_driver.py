"""Builds a wheel from a source archive. Runs inside the sandbox only: everything that it touches is hostile.

Called as `python -I -S build_driver.py ARCHIVE TOOLS SUPPLIED`, where `TOOLS` is a folder with unpacked build
requirements and `SUPPLIED` a JSON list of the requirements that were put there. Writes one line of JSON to its
stdout, then nothing or a wheel's bytes:

    {"needs": ["setuptools>=40.8.0"]}      requirements that are still missing; start again with them
    {"wheel": "x-1-py3-none-any.whl"}      the wheel follows

It is a front end in the sense of PEP 517 and needs nothing but the standard library. What it prints is data from the
package; the host checks it as such.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

_LEGACY = {"requires": ["setuptools>=40.8.0"], "build-backend": "setuptools.build_meta:__legacy__"}  # as PEP 517 says


def _main(archive: str, tools: str, supplied_json: str) -> None:
    # What the build prints goes to stderr, so that stdout carries the answer alone.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    supplied = set(json.loads(supplied_json))
    source = _unpack(Path(archive))
    os.chdir(source)
    system = _build_system(source)
    missing = [need for need in system["requires"] if need not in supplied]
    if missing:
        _answer(answer, {"needs": missing})
        return
    os.environ["PYTHONPATH"] = tools  # for the children of the build; this process is isolated from it
    sys.path[:0] = [*(str(source / path) for path in system.get("backend-path", [])), tools]
    backend = _backend(system)
    hook = getattr(backend, "get_requires_for_build_wheel", None)
    missing = [need for need in (hook(None) if hook else []) if need not in supplied]
    if missing:
        _answer(answer, {"needs": missing})
        return
    wheels = Path.cwd().parent / "wheels"
    wheels.mkdir()
    name = os.path.basename(backend.build_wheel(str(wheels), None, None))  # noqa: PTH119 - a str, perhaps hostile
    _answer(answer, {"wheel": name}, wheels / name)


def _unpack(archive: Path) -> Path:
    target = Path.cwd() / "source"
    target.mkdir()
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(target)  # noqa: S202 - the sandbox bounds what it writes and where
    else:
        with tarfile.open(archive) as tarred:
            if hasattr(tarfile, "data_filter"):  # Python before 3.11.4 has none; the sandbox holds either way
                tarred.extraction_filter = tarfile.data_filter
            tarred.extractall(target)  # noqa: S202 - the sandbox bounds what it writes and where
    folders = [path for path in target.iterdir() if path.is_dir()]
    if len(folders) != 1:
        raise SystemExit(f"a source archive holds one folder, this one {len(folders)}")
    return folders[0]


def _build_system(source: Path) -> dict[str, Any]:
    file = source / "pyproject.toml"
    system = tomllib.loads(file.read_text("utf-8")).get("build-system") if file.is_file() else None
    if system is None:
        return _LEGACY
    return {**_LEGACY, **system}


def _backend(system: dict[str, Any]) -> Any:  # noqa: ANN401 - any object with PEP 517's hooks
    module, _, path = system["build-backend"].partition(":")
    backend: Any = importlib.import_module(module)
    for name in filter(None, path.split(".")):
        backend = getattr(backend, name)
    return backend


def _answer(answer: Any, header: dict[str, object], wheel: Path | None = None) -> None:  # noqa: ANN401 - a binary file
    answer.write(json.dumps(header).encode() + b"\n")
    if wheel is not None:
        with wheel.open("rb") as file:
            shutil.copyfileobj(file, answer)
    answer.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
