"""What the types of package URLs demand, and which OSV ecosystem each is, as data.

Source: the type definitions of package-url/purl-spec; the published tests decide where those are silent. Deviation:
`golang` keeps its case, since Go module paths are case-sensitive and a lower-cased one cannot be fetched or published;
whoever compares Go modules folds case (`remediation.names`).
"""

from __future__ import annotations

from typing import Final

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """What one type demands beyond what all do."""

    lower_namespace: bool = False
    upper_namespace: bool = False
    lower_name: bool = False
    lower_version: bool = False
    name_replacements: tuple[tuple[str, str], ...] = ()
    """Regular expressions and what replaces them, after the change of case."""
    namespace: str = ""
    """`required`, `prohibited`, or empty: both are well."""
    name_form: str = ""
    """Regular expression that the whole name must match; empty: any name."""
    version_form: str = ""
    identity: str = ""
    """Qualifier that tells packages apart, and so must be there."""
    name_has_path: bool = False
    """The namespace is the first segment alone, and the name may hold slashes."""
    caseless_repository: str = ""
    """Part of a `repository_url` for which the case of names does not count."""
    has_namespace: bool = False
    """OSV writes namespace and name as one name."""

    is_simple: bool = False
    """Nothing but the case of namespace and name can change, and nothing can be refused."""


def _rule(
    lower: str = "",
    *,
    namespace: str = "",
    has_namespace: bool = False,
    replace: tuple[tuple[str, str], ...] = (),
) -> Rule:
    return Rule(
        lower_namespace="s" in lower,
        lower_name="n" in lower,
        lower_version="v" in lower,
        namespace=namespace,
        has_namespace=has_namespace,
        name_replacements=replace,
        is_simple=not (namespace or replace or "v" in lower),
    )


NO_RULE: Final = Rule()
_LOWER: Final = _rule("sn")
_LOWER_NAME: Final = _rule("n")
_LOWER_NAMESPACE: Final = _rule("s")
_SCOPED: Final = _rule("sn", has_namespace=True)
_PATH: Final = _rule(has_namespace=True)
_NO_NAMESPACE: Final = _rule(namespace="prohibited")
RULES: Final = {
    "alpm": _LOWER,
    "apk": _LOWER,
    "bitbucket": _LOWER,
    "bitnami": _LOWER_NAME,
    "brew": _LOWER,
    "chrome-extension": Rule(
        namespace="prohibited", name_form="[a-p]{32}", version_form=r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}"
    ),
    "composer": _SCOPED,
    "cpan": Rule(upper_namespace=True, name_form="(?s)(?!.*::).*"),
    "deb": _LOWER,
    "git": Rule(name_has_path=True, namespace="required", lower_namespace=True),
    "github": _LOWER,
    "githubactions": _SCOPED,
    "gitlab": _LOWER,
    "golang": _PATH,
    "hackage": _rule(replace=(("_", "-"),)),
    "hex": _LOWER,
    "huggingface": _rule("v"),
    "julia": Rule(namespace="prohibited", identity="uuid"),
    "luarocks": _LOWER,
    "maven": _PATH,
    "mlflow": Rule(caseless_repository="databricks"),
    "npm": _SCOPED,
    "oci": _rule("nv"),
    "opam": _NO_NAMESPACE,
    "otp": _NO_NAMESPACE,
    "pub": _rule("n", replace=(("[^a-z0-9]", "_"),)),
    "pypi": _rule("sn", replace=(("_", "-"),)),
    "qpkg": _LOWER_NAMESPACE,
    "rpm": _LOWER_NAMESPACE,
    "swift": Rule(namespace="required", has_namespace=True),
    "vcpkg": _NO_NAMESPACE,
    "vscode-extension": _rule("snv", namespace="required", has_namespace=True),
}
"""Rules of the types that have any."""
ECOSYSTEMS: Final = {
    "bioconductor": "Bioconductor",
    "bitnami": "Bitnami",
    "cargo": "crates.io",
    "composer": "Packagist",
    "conan": "ConanCenter",
    "cran": "CRAN",
    "gem": "RubyGems",
    "githubactions": "GitHub Actions",
    "golang": "Go",
    "hackage": "Hackage",
    "hex": "Hex",
    "julia": "Julia",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "opam": "opam",
    "pub": "Pub",
    "pypi": "PyPI",
    "swift": "SwiftURL",
    "vscode-extension": "VSCode",
}
"""Type to OSV's ecosystem, for types that are one registry."""
DISTRIBUTIONS: Final = {
    ("apk", "alpaquita"): "Alpaquita",
    ("apk", "alpine"): "Alpine",
    ("apk", "bellsoft-hardened-containers"): "BellSoft Hardened Containers",
    ("apk", "chainguard"): "Chainguard",
    ("apk", "minimos"): "MinimOS",
    ("apk", "wolfi"): "Wolfi",
    ("deb", "debian"): "Debian",
    ("deb", "echo"): "Echo",
    ("deb", "ubuntu"): "Ubuntu",
    ("rpm", "almalinux"): "AlmaLinux",
    ("rpm", "amazon"): "Amazon Linux",
    ("rpm", "azure"): "Azure Linux",
    ("rpm", "fedora"): "Fedora",
    ("rpm", "mageia"): "Mageia",
    ("rpm", "openeuler"): "openEuler",
    ("rpm", "opensuse"): "openSUSE",
    ("rpm", "oracle"): "Oracle Linux",
    ("rpm", "photon"): "Photon OS",
    ("rpm", "redhat"): "Red Hat",
    ("rpm", "rocky"): "Rocky Linux",
    ("rpm", "suse"): "SUSE",
}
"""Type and namespace to OSV's ecosystem, for distributions."""
OTHER_NAMES: Final = {
    ("rpm", "alma"): "AlmaLinux",
    ("rpm", "amazonlinux"): "Amazon Linux",
    ("rpm", "amzn"): "Amazon Linux",
    ("rpm", "azurelinux"): "Azure Linux",
    ("rpm", "centos"): "Red Hat",
    ("rpm", "ol"): "Oracle Linux",
    ("rpm", "oraclelinux"): "Oracle Linux",
    ("rpm", "rhel"): "Red Hat",
    ("rpm", "rocky-linux"): "Rocky Linux",
    ("rpm", "rockylinux"): "Rocky Linux",
    ("rpm", "sles"): "SUSE",
}
"""The same for other names that inventories give distributions; CentOS is ordered and advised as Red Hat is."""
TYPES: Final = {
    **{ecosystem.lower(): (type_, "") for type_, ecosystem in ECOSYSTEMS.items()},
    **{ecosystem.lower(): place for place, ecosystem in DISTRIBUTIONS.items()},
}
"""OSV's ecosystem in lower case to type and, for a distribution, namespace."""
CASELESS_HOSTS: Final = frozenset(("bitbucket.org", "github", "github.com"))
"""Hosts of type `git` at which the case of a path does not count."""
