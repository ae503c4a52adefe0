from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.intake import Location
from seawall.kernel.purl import parse_purl
from seawall.validation.model import Recipe
from seawall.validation.ports import Environment
from seawall.validation.static import Presence, read_entry, read_location
from seawall.validation.testing import FakeEnvironments

PRESENT, ABSENT, UNKNOWN = Presence.PRESENT, Presence.ABSENT, Presence.UNKNOWN
SITE = {
    "victim/__init__.py": """
from .core import *
from .core import Parser as P, _hidden
import os.path
from elsewhere import *
try:
    import fast
except ImportError:
    fast = None
if fast:
    LIMIT = 1
else:
    LIMIT, OTHER = 2, 3
""",
    "victim/core.py": """
class Base:
    def inherited(self): pass

class Parser(Base):
    mode = 1
    class Inner:
        def deep(self): pass
    def parse(self): pass

async def later(): pass
__all__ = ['later']
""",
    "victim/strict.py": "def check():\n    def inner(): pass\n",
    "victim/lazy.py": "def __getattr__(name):\n    return 1\n",
    "victim/made.py": "globals()['x'] = 1\n",
    "victim/broken.py": "print 'python 2'\n",
    "victim/native.cpython-311-x86_64-linux-gnu.so": "\x7fELF member\0",
    "elsewhere/__init__.py": "def thing(): pass\n",
    "Elsewhere-1.0.dist-info/RECORD": "elsewhere/__init__.py,,\n",
    "victim-1.0.dist-info/RECORD": "elsewhere/__init__.py,,\n",
}


@pytest.fixture
def python(lay_out: Callable[..., Path]) -> Environment:
    root = lay_out({f"site/{name}": text for name, text in SITE.items()})
    (root / "site/victim/outside.py").symlink_to("/etc/passwd")
    recipe = Recipe(parse_purl("pkg:pypi/victim@1.0"))
    return FakeEnvironments({"pkg:pypi/victim@1.0": root}, ("victim",)).build(recipe)


@pytest.mark.parametrize(
    ("target", "presence"),
    [
        ("victim:Parser", PRESENT),
        ("victim:P", PRESENT),
        ("victim:later", PRESENT),
        ("victim:LIMIT", PRESENT),
        ("victim:OTHER", PRESENT),
        ("victim:fast", PRESENT),
        ("victim:thing", PRESENT),
        ("victim:strict", PRESENT),
        ("victim.core:Parser.parse", PRESENT),
        ("victim.core:Parser.mode", PRESENT),
        ("victim.core:Parser.Inner.deep", PRESENT),
        ("victim:nothing", ABSENT),
        ("victim.strict:inner", ABSENT),
        ("victim.strict:gone", ABSENT),
        ("victim.gone:x", ABSENT),
        ("gone:x", ABSENT),
        ("victim.core:Parser.Inner.gone", UNKNOWN),
        ("victim.core:Base.gone", ABSENT),
        ("victim.core:Parser.inherited", UNKNOWN),
        ("victim.core:Parser.mode.real", UNKNOWN),
        ("victim.lazy:anything", UNKNOWN),
        ("victim.lazy.deeper:anything", UNKNOWN),
        ("victim.made:x", UNKNOWN),
        ("victim.broken:x", UNKNOWN),
        ("victim.native:member", UNKNOWN),
        ("$value.method", UNKNOWN),
    ],
)
def test_python_names_are_read_off_the_source(python: Environment, target: str, presence: Presence) -> None:
    reading = read_entry(python, target)
    assert reading.presence is presence, reading
    assert not reading.foreign


@pytest.mark.parametrize(
    ("target", "owner"),
    [("elsewhere:thing", "Elsewhere"), ("os:system", "Python itself"), ("builtins:eval", "Python itself")],
)
def test_what_belongs_to_others_is_said(python: Environment, target: str, owner: str) -> None:
    assert read_entry(python, target).foreign == owner


@pytest.mark.parametrize(
    ("location", "presence"),
    [
        (Location("victim/core.py"), PRESENT),
        (Location("src/victim/core.py", 5), PRESENT),
        (Location("core.py", 5, "Parser.parse"), PRESENT),
        (Location("victim/core.py", 0, "victim.core::Parser.Inner"), PRESENT),
        (Location(symbol="victim.core.later"), PRESENT),
        (Location("victim/core.py", 5000), ABSENT),
        (Location("victim/core.py", 1, "gone"), ABSENT),
        (Location("victim/gone.py"), ABSENT),
        (Location("ore.py"), ABSENT),
        (Location("elsewhere/__init__.py"), ABSENT),
        (Location("../../../../etc/passwd"), ABSENT),
        (Location("victim/outside.py"), ABSENT),
        (Location(symbol="gone"), ABSENT),
        (Location("victim/broken.py", 1, "x"), UNKNOWN),
    ],
)
def test_places_are_looked_up_in_the_packages_own_files(
    python: Environment, location: Location, presence: Presence
) -> None:
    assert read_location(python, location).presence is presence


@pytest.fixture
def node(lay_out: Callable[..., Path]) -> Environment:
    root = lay_out(
        {
            "node_modules/@s/victim/lib/index.js": "exports.parse = (x) => x;\nexports.$q = 1;\n",
            "node_modules/@s/victim/node_modules/inner/index.js": "exports.innerOnly = 1;",
            "node_modules/other/index.js": "exports.otherOnly = 1;",
        }
    )
    recipe = Recipe(parse_purl("pkg:npm/%40s/victim@1.0.0"))
    return FakeEnvironments({str(recipe.purl): root}, ("@s/victim",)).build(recipe)


@pytest.mark.parametrize(
    ("target", "presence", "foreign"),
    [
        ("@s/victim:parse", PRESENT, ""),
        ("@s/victim/lib/index:a.parse", PRESENT, ""),
        ("@s/victim:$q", PRESENT, ""),
        ("@s/victim:pars", ABSENT, ""),
        ("@s/victim:innerOnly", ABSENT, ""),
        ("@s/victim:otherOnly", ABSENT, ""),
        ("@s/victim", UNKNOWN, ""),
        ("@s/victim:default", UNKNOWN, ""),
        ("other:otherOnly", PRESENT, "other"),
        ("@s/victim-more:x", PRESENT, "@s/victim-more"),
        ("fs:readFileSync", PRESENT, "fs"),
    ],
)
def test_node_names_are_searched_in_the_packages_own_files(
    node: Environment, target: str, presence: Presence, foreign: str
) -> None:
    reading = read_entry(node, target)
    assert (reading.presence, reading.foreign) == (presence, foreign)


@pytest.mark.parametrize(
    ("location", "presence"),
    [
        (Location("lib/index.js", 2, "parse"), PRESENT),
        (Location("node_modules/@s/victim/lib/index.js"), PRESENT),
        (Location("lib/index.js", 2, "pars"), ABSENT),
        (Location("index.ts"), ABSENT),
    ],
)
def test_places_in_node_packages(node: Environment, location: Location, presence: Presence) -> None:
    assert read_location(node, location).presence is presence


def test_hostile_source_is_unknown_and_no_crash(lay_out: Callable[..., Path]) -> None:
    root = lay_out({"site/victim/__init__.py": "x = " + "(" * 50_000, "site/victim/long.py": "a." * 200_000 + "b"})
    environment = FakeEnvironments({"pkg:pypi/victim@1.0": root}, ("victim",)).build(
        Recipe(parse_purl("pkg:pypi/victim@1.0"))
    )
    assert read_entry(environment, "victim:x").presence is UNKNOWN
    assert read_entry(environment, "victim.long:x").presence in {UNKNOWN, ABSENT}
