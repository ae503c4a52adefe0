"""Keeps built environments: each is built once, by one process, and is complete or not there.

Below the cache's root:

    recipes/<recipe>.json     the digest that a recipe was resolved to
    roots/<digest>/           manifest.json and root/, the environment itself, read-only
    parts/<recipe>.<random>/  being built; worthless once its builder is gone
    locks/<recipe>.lock       held (flock) by the process that builds the recipe; the kernel drops it with the process

An environment moves from `parts` to `roots` by one rename, and its recipe is written after that; a process killed
anywhere leaves rubbish in `parts` only, which the next builder of the recipe removes. A recipe stays resolved as it
was on the first day, even if a dependency publishes anew: a proof is repeatable, and its record lists what it ran on.
Every process digests an environment's files before it first uses them, and builds anew where they are not those that
were built. Nothing is kept about recipes that failed.
"""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from seawall.validation.environments import failures
from seawall.validation.environments.interface import Resolved
from seawall.validation.environments.manifest import FORMAT, Manifest, content_digest, read_manifest
from seawall.validation.environments.trees import freeze, measure, remove

_LOG = structlog.get_logger(__name__)
_POLL_SECONDS = 0.1
_MANIFEST = "manifest.json"
_ROOT = "root"


@dataclass(frozen=True, slots=True)
class Cached:
    """An environment that is complete and whole."""

    manifest: Manifest
    root: Path
    """Read-only; holds `site/` or `node_modules/`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What names an environment before it is resolved."""

    recipe: str
    """SHA-256 of the recipe, its runtime and platform."""
    purl: str
    runtime: str
    platform: str


class EnvironmentCache:
    """Environments as folders below one root.

    Args:
        root: Made when it is first needed; one file system, since environments are renamed into place.
        wait_seconds: Longest wait for another process that builds the same recipe.
    """

    def __init__(self, root: Path, *, wait_seconds: float) -> None:
        self._root = root
        self._wait_seconds = wait_seconds
        self._verified: set[str] = set()

    def obtain(self, plan: Plan, build: Callable[[Path, Path], Resolved]) -> Cached:
        """Return the environment of a recipe, building it if need be.

        Args:
            plan: Names it.
            build: Fills its first argument with the environment; the second is scratch space. Both are empty folders.

        Raises:
            BusyError: Another process builds it for too long (`validation.environment-busy`).
            UnavailableError: The cache cannot be written (`validation.environments-unwritable`).
            SeawallError: Whatever `build` raises; nothing is kept then.
        """
        found = self._find(plan)
        if found is not None:
            return found
        try:
            for name in ("recipes", "roots", "parts", "locks"):
                (self._root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked(plan):
                return self._find(plan) or self._build(plan, build)
        except OSError as error:
            raise failures.disk_full(str(self._root), error.strerror or type(error).__name__) from error

    def _find(self, plan: Plan) -> Cached | None:
        try:
            digest = msgspec.json.decode(self._recipe(plan).read_bytes(), type=dict[str, str]).get("digest", "")
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
            return None
        return self._whole(digest)

    def _whole(self, digest: str) -> Cached | None:
        folder = self._root / "roots" / digest
        manifest = read_manifest(folder / _MANIFEST)
        if manifest is None or manifest.digest != digest:
            return None
        if digest not in self._verified:
            if not _unchanged(folder / _ROOT, manifest.tree):
                _LOG.warning("environment_changed", digest=digest, purl=manifest.purl)
                return None
            self._verified.add(digest)
        return Cached(manifest, folder / _ROOT)

    def _build(self, plan: Plan, build: Callable[[Path, Path], Resolved]) -> Cached:
        for old in (self._root / "parts").glob(f"{plan.recipe}.*"):
            remove(old)  # only we build this recipe: its builder is gone
        part = self._root / "parts" / f"{plan.recipe}.{secrets.token_hex(8)}"
        root, work = part / "environment" / _ROOT, part / "work"
        try:
            root.mkdir(parents=True)
            work.mkdir()
            resolved = build(root, work)
            manifest = _describe(plan, resolved, root)
            (root.parent / _MANIFEST).write_bytes(manifest.to_bytes())
            freeze(root)
            self._place(root.parent, manifest.digest)
            self._point(plan, manifest.digest)
        finally:
            remove(part)
        placed = self._whole(manifest.digest)
        if placed is None:
            raise failures.disk_full(str(self._root), "what was written cannot be read back")
        return placed

    def _place(self, folder: Path, digest: str) -> None:
        target = self._root / "roots" / digest
        # Two recipes may resolve to one environment: the second builder keeps what is there, if it is whole.
        with self._exclusive(self._root / "locks" / f"{digest}.root"):
            if target.exists():
                if self._whole(digest) is not None:
                    return
                remove(target)
            folder.rename(target)

    def _point(self, plan: Plan, digest: str) -> None:
        target = self._recipe(plan)
        part = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        part.write_bytes(msgspec.json.encode({"purl": plan.purl, "digest": digest}))
        part.replace(target)

    def _recipe(self, plan: Plan) -> Path:
        return self._root / "recipes" / f"{plan.recipe}.json"

    @contextmanager
    def _locked(self, plan: Plan) -> Iterator[None]:
        with self._exclusive(self._root / "locks" / f"{plan.recipe}.lock"):
            yield

    @contextmanager
    def _exclusive(self, path: Path) -> Iterator[None]:
        deadline = time.monotonic() + self._wait_seconds
        with path.open("ab") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise failures.busy(self._wait_seconds) from None
                    time.sleep(_POLL_SECONDS)
            try:
                yield  # the file stays: removing it would race
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)  # at once, even if a process forked meanwhile holds the file too


def _unchanged(root: Path, tree: str) -> bool:
    try:
        return measure(root).digest == tree
    except (OSError, ValueError):
        return False


def _describe(plan: Plan, resolved: Resolved, root: Path) -> Manifest:
    packages, tools = tuple(sorted(set(resolved.packages))), tuple(sorted(set(resolved.tools)))
    tree = measure(root)
    return Manifest(
        format=FORMAT,
        digest=content_digest(plan.purl, packages, tools, plan.runtime, plan.platform),
        purl=plan.purl,
        runtime=plan.runtime,
        platform=plan.platform,
        packages=packages,
        tools=tools,
        imports=tuple(sorted(set(resolved.imports))),
        tree=tree.digest,
        files=tree.files,
        size=tree.size,
    )
