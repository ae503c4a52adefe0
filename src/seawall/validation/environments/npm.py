"""npm environments: a `node_modules/` that npm filled without running a script, for the Node.js that came with it.

Only packages of the configured registry are taken. A git dependency would run programs in spite of `--ignore-scripts`
(its `.npmrc` may name any program as git), a folder or address is no release of a registry: npm is told to refuse all
of them, git is taken away from it for npm versions that do not know that option, and the lock file is checked after.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from seawall.kernel.errors import SeawallError
from seawall.validation.environments import failures, programs
from seawall.validation.environments.interface import EnvironmentLimits, Resolved
from seawall.validation.environments.requirements import npm_pins
from seawall.validation.environments.runtimes import Interpreter, Node, node
from seawall.validation.model import Recipe

MODULES = "node_modules"
"""Folder of an environment that Node.js searches."""

_LOCK = ".package-lock.json"  # in node_modules: what was really installed, without what another platform would get
_REGISTRY = "npm"
_OPTIONS = (
    *("install", "--json", "--ignore-scripts", "--no-audit", "--no-fund", "--no-bin-links", "--no-update-notifier"),
    *("--allow-git=none", "--allow-remote=none", "--allow-file=none", "--allow-directory=none"),
    *("--git=/nonexistent/git", "--omit-lockfile-registry-resolved", "--install-links", "--install-strategy=hoisted"),
    *("--no-global", "--no-workspaces", "--package-lock", "--no-dry-run", "--loglevel=warn", "--logs-max=0"),
    *("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"),  # milliseconds
)
_UNREACHABLE = re.compile(
    r"E(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|SOCKETTIMEDOUT|NOTFOUND|AI_AGAIN|NETUNREACH|HOSTUNREACH|401|403|429|5\d\d)|"
    r"ERR_SOCKET_TIMEOUT|.*CERT.*|.*SSL.*"
)
_NO_VERSION = frozenset({"ETARGET", "ENOVERSIONS"})
_UNSAFE = frozenset({"EALLOWGIT", "EALLOWREMOTE", "EALLOWFILE", "EALLOWDIRECTORY", "ENOGIT"})


class _Installed(msgspec.Struct, rename="camel"):
    """One entry of the lock file."""

    version: str = ""
    name: str = ""
    resolved: str = ""
    integrity: str = ""
    link: bool = False
    in_bundle: bool = False


class _Lock(msgspec.Struct):
    packages: dict[str, _Installed] = {}


class _Error(msgspec.Struct):
    code: str | None = None
    summary: str | None = None
    detail: str | None = None


class _Outcome(msgspec.Struct):
    """What `npm install --json` prints when it fails."""

    error: _Error = msgspec.field(default_factory=_Error)


class NPMBuilder:
    """Builds environments of npm packages.

    Args:
        limits: Of one environment.
        find_node: Gives Node.js and npm; called once, when they are first needed.
    """

    def __init__(self, limits: EnvironmentLimits, find_node: Callable[[], Node] = node) -> None:
        self._limits = limits
        self._find_node = find_node
        self._node: Node | None = None

    def interpreter(self) -> Interpreter:
        """See `Builder.interpreter`."""
        return self._open().interpreter

    def check(self, recipe: Recipe) -> None:
        """See `Builder.check`."""
        npm_pins(recipe)

    def build(self, recipe: Recipe, into: Path, work: Path, report: Callable[[str], None]) -> Resolved:
        """See `Builder.build`."""
        pins = npm_pins(recipe)
        name, version = next(iter(pins.items()))
        further = {other: pin for other, pin in pins.items() if other != name}
        package = {"name": "environment", "version": "0.0.0", "private": True, "dependencies": pins}
        (work / "package.json").write_bytes(msgspec.json.encode({**package, "overrides": further}))
        report(f"fetching {name}@{version} and its dependencies with npm")
        done = programs.run(
            [*self._open().npm, *_OPTIONS],
            folder=work,
            allowance=programs.Allowance(self._limits.fetch_seconds, self._limits.unpacked_bytes, self._limits.files),
        )
        if done.code:
            raise _failure(name, version, done)
        modules = work / MODULES
        packages = _packages(f"{name}@{version}", modules)
        _refuse_links(f"{name}@{version}", modules)
        modules.rename(into / MODULES)
        return Resolved(packages, (), (name,))

    def _open(self) -> Node:
        if self._node is None:
            self._node = self._find_node()
        return self._node


def _packages(what: str, modules: Path) -> tuple[str, ...]:
    """List what npm installed, and refuse what it did not get from the registry."""
    try:
        lock = msgspec.json.decode((modules / _LOCK).read_bytes(), type=_Lock)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise failures.failed(what, "npm left no lock file that can be read") from error
    found = []
    for path, entry in lock.packages.items():
        name = entry.name or path.rpartition(f"{MODULES}/")[2]
        # Addresses in the registry are left out of the lock, so that what has one comes from elsewhere.
        if entry.link or entry.resolved:
            raise failures.unsafe_dependency(what, f"{name} from {entry.resolved or 'a folder'}")
        # A package may carry others in its own archive; that archive's digest covers them.
        digest = "bundled" if entry.in_bundle else _digest(entry.integrity)
        if not digest:
            raise failures.failed(what, f"npm does not say which file it took for {name}")
        found.append(f"{name}=={entry.version} {digest}")
    return tuple(sorted(set(found)))


def _digest(integrity: str) -> str:
    """Write a Subresource Integrity value as `sha512:` and hex digits; the strongest, where there are several."""
    for algorithm in ("sha512", "sha384", "sha256", "sha1"):
        for value in integrity.split():
            kind, _, encoded = value.partition("-")
            if kind == algorithm:
                try:
                    return f"{algorithm}:{base64.b64decode(encoded.partition('?')[0], validate=True).hex()}"
                except binascii.Error:
                    return ""
    return ""


def _refuse_links(what: str, modules: Path) -> None:
    for folder, folders, files in os.walk(modules):
        for name in (*folders, *files):
            if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118 - 100,000 files in large environments
                raise failures.bad_archive(what, f"it brought a link, {name[:100]!r}")


def _failure(name: str, version: str, done: programs.Finished) -> SeawallError:
    try:
        error = msgspec.json.decode(done.stdout, type=_Outcome).error
    except msgspec.DecodeError:
        error = _Error()
    code, text = error.code or "", f"{error.summary or ''} {error.detail or ''}"
    what = f"{name}@{version}"
    failure: SeawallError = failures.failed(what, done.tail)
    if _UNREACHABLE.fullmatch(code):
        failure = failures.unreachable(_REGISTRY, f"npm says {code}")
    elif code in _UNSAFE:
        failure = failures.unsafe_dependency(what, "a folder, an address or a git repository")
    elif code == "ENOSPC":
        failure = failures.disk_full("the cache", "no space left on the device")
    elif code == "EINTEGRITY":
        failure = failures.bad_archive(what, "a file is not the one that the registry states")
    elif code == "E404" and f"'{name}@" in text:
        failure = failures.no_such_package(name, _REGISTRY)
    elif code in _NO_VERSION and f" {what}." in text:
        failure = failures.no_such_version(name, version, _REGISTRY)
    elif code == "E404" or code in _NO_VERSION:
        failure = failures.no_such_dependency(what, _quoted(text), "the registry does not have it")
    return failure


def _quoted(text: str) -> str:
    match = re.search(r"'([^']+)'|found for (\S+)\.", text)
    return (match[1] or match[2]) if match else "a package"
