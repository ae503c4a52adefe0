"""Finds what a name stands for, and whose it is.

Rules: only attributes without a leading underscore; a module met on the way must be the target's own, so that no name
leads through the target to `os`; what is called must be the target's own, or belong to a value that the target gave.
"""

# ruff: noqa: ANN401 - values of any type are walked
from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

_DATA = (str, bytes, bytearray, int, float, complex, bool, list, tuple, dict, set, frozenset, range, memoryview)


class NoSuchNameError(Exception):
    """The module or attribute is not there."""


class ForeignNameError(Exception):
    """The name leads to something that is not the target's."""


class Names:
    """Resolves names of one run."""

    def __init__(self, imports: Sequence[str], site: str, *, absent: bool) -> None:
        """Remember what is whose.

        Args:
            imports: Names under which the target is imported.
            site: Folder of the environment's packages.
            absent: Whether the target is replaced: stand-ins are nobody's, so ownership is not asked.
        """
        self._imports = tuple(imports)
        self._site = site
        self._absent = absent
        self.values: dict[str, Any] = {}
        """Made in set-up, by name."""

    def callable(self, target: str) -> Any:
        """Find what `module:attr` or `$name.attr` names, to call it.

        Raises:
            NoSuchNameError: It is not there.
            ForeignNameError: It is not the target's.
        """
        value = self.value(target)
        if not callable(value):
            raise NoSuchNameError(f"{target} cannot be called")
        self._check_owner(value, target, dependencies=target.startswith("$"))
        return value

    def reference(self, target: str) -> Any:
        """Find what `$ref` names; what can be called must be the target's, or belong to a value that the target gave.

        Raises:
            NoSuchNameError: It is not there.
            ForeignNameError: It is not the target's.
        """
        value = self.value(target)
        if callable(value):
            self._check_owner(value, target, dependencies=target.startswith("$"))
        return value

    def value(self, target: str) -> Any:
        """Find what a name stands for, whoever may call it."""
        if target.startswith("$"):
            name, _, path = target[1:].partition(".")
            if name not in self.values:
                raise NoSuchNameError(f"${name} was not made in set-up")
            value = self.values[name]
        else:
            module, _, path = target.partition(":")
            value = self._import(module)
        for attribute in path.split(".") if path else ():
            value = self.attribute(value, attribute, target)
        return value

    def attribute(self, value: Any, name: str, target: str) -> Any:
        """Take one step of a path."""
        if name.startswith("_"):
            raise ForeignNameError(f"{name} is private")
        try:
            found = getattr(value, name)
        except AttributeError:
            raise NoSuchNameError(f"{target}: there is no {name}") from None
        if isinstance(found, ModuleType):
            self._check_module(found.__name__)
        return found

    def read(self, value: Any, path: str) -> Any:
        """Walk `read` on a result: attributes, keys, indexes and calls without arguments."""
        for step in path.split(".") if path else ():
            name = step.removesuffix("()")
            value = self._step(value, name, path)
            if step.endswith("()"):
                self._check_owner(value, path, dependencies=True)
                value = value()
        return value

    def _step(self, value: Any, name: str, path: str) -> Any:
        if name.isdecimal():
            return value[int(name)] if not isinstance(value, dict) else value[name]
        if isinstance(value, dict) and name in value:
            return value[name]
        return self.attribute(value, name, path)

    def _import(self, module: str) -> ModuleType:
        self._check_module(module)
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name and (module == error.name or module.startswith(error.name + ".")):
                raise NoSuchNameError(f"there is no module {module}") from error
            raise

    def _check_module(self, module: str) -> None:
        if not self._owns(module):
            raise ForeignNameError(f"the module {module} is not the target's")

    def _check_owner(self, value: Any, target: str, *, dependencies: bool) -> None:
        if self._absent:
            return
        bound_to = getattr(value, "__self__", None)
        if dependencies and type(bound_to) in _DATA:
            return  # a method of plain data does nothing but compute
        owner = _owner(value)
        if self._owns(owner) or (dependencies and self._in_site(owner)):
            return
        raise ForeignNameError(f"{target} belongs to {owner or 'nobody'}, not to the target")

    def _owns(self, module: str) -> bool:
        return any(module == name or module.startswith(name + ".") for name in self._imports)

    def _in_site(self, module: str) -> bool:
        spec = getattr(sys.modules.get(module), "__spec__", None)
        origin = getattr(spec, "origin", None)
        return isinstance(origin, str) and PurePosixPath(origin).is_relative_to(self._site)


def _owner(value: Any) -> str:
    """Return the name of the module that defines a function, class, method or callable object."""
    if isinstance(value, ModuleType):
        return value.__name__
    module = getattr(value, "__module__", None)
    if isinstance(module, str):
        return module
    bound_to = getattr(value, "__self__", None)
    if isinstance(bound_to, ModuleType):
        return bound_to.__name__
    return str(type(value if bound_to is None else bound_to).__module__)
