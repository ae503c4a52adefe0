"""Reads names, versions and pins of recipes. They come from hostile reports and end up in argument lists and files."""

from __future__ import annotations

import re

from seawall.kernel.purl import Purl
from seawall.validation.environments import failures
from seawall.validation.model import Recipe

_PYPI_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?", re.ASCII)
# https://github.com/npm/validate-npm-package-name, the rules for names that already exist (upper case is among them).
_NPM_NAME = re.compile(r"(?:@[A-Za-z0-9~_-][\w.~-]*/)?[A-Za-z0-9~_-][\w.~!'()*-]*", re.ASCII)
_NPM_VERSION = re.compile(
    r"\d{1,16}\.\d{1,16}\.\d{1,16}(?:-[0-9A-Za-z.-]{1,200})?(?:\+[0-9A-Za-z.-]{1,200})?", re.ASCII
)
_LONGEST_NAME = 214  # characters; npm's limit, and beyond PyPI's
_MOST_PINS = 64


def pypi_pins(recipe: Recipe) -> list[str]:
    """Return `name==version` for the named package, then for the further pins; names and versions normalised.

    Raises:
        EnvironmentFailedError: One of them is no exact release (`validation.bad-requirement`).
    """
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - extra `proof`
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - extra `proof`

    pins = []
    for name, version in _releases(recipe):
        if not _PYPI_NAME.fullmatch(name):
            raise failures.bad_requirement(f"{name}=={version}", "this is no name of a Python package")
        try:
            pins.append(f"{canonicalize_name(name)}=={Version(version)}")
        except InvalidVersion:
            raise failures.bad_requirement(f"{name}=={version}", "this is no version in the sense of PEP 440") from None
    return list(dict.fromkeys(pins))


def npm_pins(recipe: Recipe) -> dict[str, str]:
    """Return versions by name, the named package first.

    Raises:
        EnvironmentFailedError: One of them is no exact release, or a name has two (`validation.bad-requirement`).
    """
    pins: dict[str, str] = {}
    for name, version in _releases(recipe):
        if not _NPM_NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            raise failures.bad_requirement(f"{name}=={version}", "this is no name of an npm package")
        if not _NPM_VERSION.fullmatch(version):
            raise failures.bad_requirement(f"{name}=={version}", "this is no version in the sense of semver")
        if pins.setdefault(name, version) != version:
            raise failures.bad_requirement(f"{name}=={version}", f"{name} is pinned to {pins[name]} already")
    return pins


def _releases(recipe: Recipe) -> list[tuple[str, str]]:
    purl: Purl = recipe.purl
    if not purl.version:
        raise failures.bad_requirement(str(purl), "it has no version")
    if purl.qualifiers or purl.subpath:
        raise failures.bad_requirement(str(purl), "qualifiers and subpaths name no release of a registry")
    if len(recipe.requires) > _MOST_PINS:
        raise failures.bad_requirement(str(purl), f"there are more than {_MOST_PINS} further pins")
    releases = [(purl.full_name, purl.version)]
    for pin in recipe.requires:
        name, equals, version = pin.partition("==")
        if not equals:
            raise failures.bad_requirement(pin, "a pin is name==version")
        releases.append((name.strip(), version.strip()))
    return releases
