"""Environments without a registry: a test says which recipes there are and what their folders hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from seawall.kernel.errors import SeawallError
from seawall.kernel.purl import parse_purl
from seawall.validation.environments import failures
from seawall.validation.environments.manifest import content_digest
from seawall.validation.model import EnvironmentRecord, Recipe
from seawall.validation.ports import Environment, Runtime

_PYTHON = Runtime(("python3",))
_LAYOUTS = {"npm": "node_modules", "pypi": "site"}


def _silent(_line: str) -> None:
    """Report nothing."""


class FakeEnvironments:
    """Knows the packages that it was given, and no others.

    Args:
        root: Where their folders are made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Environment | SeawallError] = {}
        self.asked: list[Recipe] = []

    def add(
        self, purl: str, files: Mapping[str, str], imports: tuple[str, ...], runtime: Runtime = _PYTHON
    ) -> Environment:
        """Offer a package whose import folder holds these files."""
        digest = content_digest(purl, (), (), " ".join(runtime.argv), "")
        root = self._root / digest
        layout = root / _LAYOUTS[parse_purl(purl).type]
        for name, content in files.items():
            (layout / name).parent.mkdir(parents=True, exist_ok=True)
            (layout / name).write_text(content)
        record = EnvironmentRecord(digest, purl, " ".join(runtime.argv), ())
        environment = Environment(record, root, runtime, imports)
        self._known[purl] = environment
        return environment

    def fail(self, purl: str, error: SeawallError) -> None:
        """Have a package fail in a certain way."""
        self._known[purl] = error

    def build(self, recipe: Recipe, *, report: Callable[[str], None] = _silent) -> Environment:
        """Return what was added for a recipe; further pins make no difference.

        Raises:
            EnvironmentFailedError: Nothing was added (`validation.no-such-package`).
            SeawallError: What `fail` was given.
        """
        self.asked.append(recipe)
        report(f"fetching {recipe.purl}")
        found = self._known.get(str(recipe.purl))
        if found is None:
            raise failures.no_such_package(recipe.purl.full_name, recipe.purl.ecosystem)
        if isinstance(found, SeawallError):
            raise found
        return found
