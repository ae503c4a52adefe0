"""Inert stand-ins for the target's modules: everything can be imported, called, raised and walked; nothing happens.

Used for the control *absent target*: an effect that appears with these in the target's place is not the target's.
"""

# ruff: noqa: ANN401 - everything may be anything here
from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Self


class _InertType(type):
    """Gives classes the same patience as their instances."""

    def __getattr__(cls, name: str) -> Any:
        return _attribute(name)

    def __iter__(cls) -> Iterator[Any]:
        return iter(())

    def __getitem__(cls, _key: object) -> type[Inert]:
        return Inert

    def __len__(cls) -> int:
        return 0

    def __bool__(cls) -> bool:
        return True


class Inert(Exception, metaclass=_InertType):  # noqa: N818 - an exception only so that scripts may catch it
    """A class, function, exception, context manager, iterable and awaitable that does nothing."""

    def __init__(self, *_arguments: object, **_keywords: object) -> None:
        super().__init__()

    def __getattr__(self, name: str) -> Any:
        return _attribute(name)

    def __call__(self, *_arguments: object, **_keywords: object) -> Inert:
        """Do nothing."""
        return Inert()

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __next__(self) -> Any:
        raise StopIteration

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, _key: object) -> Inert:
        return Inert()

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass

    def __await__(self) -> Generator[Any, None, Inert]:
        yield from ()
        return self

    def __int__(self) -> int:
        return 0

    __index__ = __int__

    def __float__(self) -> float:
        return 0.0

    def __str__(self) -> str:
        return ""

    def __bytes__(self) -> bytes:
        return b""

    def __add__(self, _other: object) -> Inert:
        return Inert()

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __or__ = __ror__ = __and__ = __mod__ = __add__

    def __lt__(self, _other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


class _InertModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _attribute(name)


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Make a module that has every attribute."""
        return _InertModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing but answer `import *`."""
        module.__all__ = []  # type: ignore[attr-defined]


class Finder(importlib.abc.MetaPathFinder):
    """Answers for the target's names before any other finder does."""

    def __init__(self, imports: Sequence[str]) -> None:
        self._imports = tuple(imports)

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the specification of a stand-in for a module of the target, else `None`."""
        if any(fullname == name or fullname.startswith(name + ".") for name in self._imports):
            return importlib.machinery.ModuleSpec(fullname, _Loader(), is_package=True)
        return None


def install(imports: Sequence[str]) -> None:
    """Put stand-ins in the place of modules with these names and of all below them."""
    if imports:
        sys.meta_path.insert(0, Finder(imports))


def _attribute(name: str) -> type[Inert]:
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    return Inert
