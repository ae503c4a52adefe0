"""Whether a Python entry point exists, read from the source by its syntax tree; the package is never imported.

`UNKNOWN` is an honest answer: names made at run time, attributes of values and inherited members cannot be read off the
source, and a compiled module shows only which names it cannot have.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Final

from seawall.validation.static.files import OwnFiles
from seawall.validation.static.reading import Presence, Reading

_STAR_DEPTH: Final = 6
_COMPILED: Final = ".so"
_DYNAMIC: Final = frozenset({"globals", "vars", "setattr", "__getattr__", "locals", "exec"})
_UNPARSABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)

Block = list[ast.stmt]


def read_python_entry(files: OwnFiles, target: str) -> Reading:
    """Look for `module:attr.attr` in the environment.

    Returns:
        With `foreign` set where the module belongs to another distribution.
    """
    module, _, path = target.partition(":")
    located = _locate(files, module)
    if not files.owns(module):
        if located is None and module.split(".", 1)[0] not in sys.stdlib_module_names:
            return Reading(Presence.ABSENT, f"there is no module {module}")
        owner = files.owner(located) if located else "Python itself"
        return Reading(Presence.PRESENT, f"{module} is not the target's", foreign=owner or "another package")
    if located is None:
        parent = module.rpartition(".")[0]
        tree = _tree_of(files, parent) if parent else []
        if tree is None or _is_dynamic(tree):
            return Reading(Presence.UNKNOWN, f"the module {module} may be made at run time")
        return Reading(Presence.ABSENT, f"there is no module {module}")
    tree = _parsed(files, located)
    if tree is None and not located.endswith(_COMPILED):
        return Reading(Presence.UNKNOWN, f"{located} cannot be read as source")
    presence = _look_in(files, module, path.split("."), 0)
    words = {
        Presence.PRESENT: f"{target} is defined in {located}",
        Presence.ABSENT: f"{module} defines no {path}",
        Presence.UNKNOWN: f"whether {module} has {path} cannot be read off its source",
    }
    return Reading(presence, words[presence])


def defines_symbol(source: str, symbol: str) -> Presence:
    """Return whether a file defines the last part of a qualified name, at any depth."""
    name = symbol.replace("::", ".").rstrip("()").rpartition(".")[2]
    try:
        tree = ast.parse(source)
    except _UNPARSABLE:
        return Presence.UNKNOWN
    return Presence.PRESENT if any(name in _names(node) for node in ast.walk(tree)) else Presence.ABSENT


def _locate(files: OwnFiles, module: str) -> str | None:
    stem = module.replace(".", "/")
    for path in (f"{stem}/__init__.py", f"{stem}.py"):
        if (files.root / path).is_file():
            return path
    folder = files.root / stem
    compiled = sorted(folder.parent.glob(f"{folder.name}.*.so")) if folder.parent.is_dir() else []
    return compiled[0].relative_to(files.root).as_posix() if compiled else None


def _parsed(files: OwnFiles, path: str) -> Block | None:
    source = files.text(path)
    try:
        return None if source is None else ast.parse(source).body
    except _UNPARSABLE:
        return None


def _tree_of(files: OwnFiles, module: str) -> Block | None:
    path = _locate(files, module)
    return None if path is None else _parsed(files, path)


def _look_in(files: OwnFiles, module: str, path: list[str], depth: int) -> Presence:
    """Look for a name in a module, whether it is source or compiled."""
    located = _locate(files, module) or ""
    if located.endswith(_COMPILED):
        # A compiled module holds the names of its members as text: one that occurs nowhere in it is no member.
        return Presence.UNKNOWN if files.holds(located, path[0]) else Presence.ABSENT
    tree = _parsed(files, located) if located else None
    return Presence.UNKNOWN if tree is None else _look(files, module, tree, path, depth)


def _look(files: OwnFiles, module: str, body: Block, path: list[str], depth: int) -> Presence:
    name, *rest = path
    found = [node for node in _statements(body) if name in _names(node)]
    if not found and _locate(files, f"{module}.{name}") is not None:
        return Presence.UNKNOWN if rest else Presence.PRESENT
    if not found:
        return _look_behind_stars(files, module, body, path, depth)
    if not rest:
        return Presence.PRESENT
    classes = [node for node in found if isinstance(node, ast.ClassDef)]
    if len(classes) != len(found):
        return Presence.UNKNOWN  # an attribute of a value
    inner = _look(files, module, classes[-1].body, rest, _STAR_DEPTH)
    inherits = bool(classes[-1].bases or classes[-1].keywords or classes[-1].decorator_list)
    return Presence.UNKNOWN if inner is Presence.ABSENT and inherits else inner


def _look_behind_stars(files: OwnFiles, module: str, body: Block, path: list[str], depth: int) -> Presence:
    presence = Presence.UNKNOWN if _is_dynamic(body) else Presence.ABSENT
    for node in _statements(body):
        if not isinstance(node, ast.ImportFrom) or not any(alias.name == "*" for alias in node.names):
            continue
        source = _absolute(files, module, node)
        seen = _look_in(files, source, path, depth + 1) if depth < _STAR_DEPTH else Presence.UNKNOWN
        if seen is Presence.PRESENT:
            return seen
        presence = Presence.UNKNOWN if Presence.UNKNOWN in {seen, presence} else Presence.ABSENT
    return presence


def _absolute(files: OwnFiles, module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = (_locate(files, module) or "").endswith("/__init__.py")
    parts = module.split(".")
    base = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def _statements(body: Block) -> Iterator[ast.stmt]:
    """Yield the statements of a block and of the branches in it, not those of functions and classes in it."""
    for node in body:
        yield node
        for branch in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _statements(getattr(node, branch, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


def _names(node: ast.AST) -> set[str]:
    """Return the names that one statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".", 1)[0] for alias in node.names}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.NamedExpr):
        targets = [node.target]
    elif isinstance(node, ast.With):
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def _is_dynamic(body: Block) -> bool:
    for node in _statements(body):
        if _names(node) & _DYNAMIC:
            return True
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id in _DYNAMIC:
                return True
            if isinstance(inner, ast.Attribute) and inner.attr == "modules":
                return True  # sys.modules[__name__] = …
    return False
