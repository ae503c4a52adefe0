"""Every way in which an environment cannot be had, with its code and remedy.

Two families, because they call for different reactions: `EnvironmentFailedError` is about the packages (it will fail
again until somebody changes the report or the limits); `UnavailableError` and `BusyError` are about this machine or
the network (trying again later helps), and the work stays in the list. Messages name public packages only.
"""

from __future__ import annotations

from seawall.kernel.errors import BusyError, UnavailableError
from seawall.validation.errors import EnvironmentFailedError


def unsupported(purl: str, supported: str) -> EnvironmentFailedError:
    """No builder knows this purl type."""
    return EnvironmentFailedError(
        "validation.unsupported-ecosystem",
        f"environments for {purl} cannot be built",
        remedy=f"Seawall proves packages of these purl types: {supported}; leave the finding to a person.",
    )


def bad_requirement(text: str, why: str) -> EnvironmentFailedError:
    """A name, version or pin that no registry can hold."""
    return EnvironmentFailedError(
        "validation.bad-requirement",
        f"{text[:120]!r} names no release of a package: {why}",
        remedy="Name the package and one exact version, for example pkg:pypi/pyyaml@5.3.1; pins are name==1.2.",
    )


def no_such_package(name: str, ecosystem: str) -> EnvironmentFailedError:
    """The registry does not know the name."""
    return EnvironmentFailedError(
        "validation.no-such-package",
        f"the configured {ecosystem} registry has no package {name!r}",
        remedy="Check the spelling of the package; ask the reporter where it comes from, or configure its registry.",
        package=name,
    )


def no_such_version(name: str, version: str, ecosystem: str, known: str = "") -> EnvironmentFailedError:
    """The registry knows the package, but not this release."""
    return EnvironmentFailedError(
        "validation.no-such-version",
        f"the configured {ecosystem} registry has no release {version!r} of {name!r}",
        remedy="Check the version; a release that was withdrawn can only be proven from a mirror that kept it.",
        package=name,
        version=version,
        **({"known": known} if known else {}),
    )


def no_such_dependency(what: str, requirement: str, why: str) -> EnvironmentFailedError:
    """The named release exists, but something that it or a pin needs does not."""
    return EnvironmentFailedError(
        "validation.no-such-dependency",
        f"{what} needs {requirement[:200]}, which cannot be had: {why}",
        remedy="Pin the dependency to a release that exists and fits.",
        requirement=requirement[:200],
    )


def no_file_for_runtime(requirement: str, runtime: str) -> EnvironmentFailedError:
    """The release exists, but has neither a wheel nor a source archive for this runtime."""
    return EnvironmentFailedError(
        "validation.no-file-for-runtime",
        f"{requirement} has no file that fits {runtime} on this machine",
        remedy="Prove it on a machine with a runtime and platform that the release supports.",
        requirement=requirement,
    )


def failed(what: str, log: str) -> EnvironmentFailedError:
    """The package manager or the build gave up."""
    return EnvironmentFailedError(
        "validation.environment-failed",
        f"the environment of {what} could not be built",
        remedy="Read the log's end in the details; pin the dependency that does not fit, or leave it to a person.",
        log=log,
    )


def toolchain_missing(what: str, log: str) -> EnvironmentFailedError:
    """A build from source found no compiler or no headers. Still about the package: its log may say anything."""
    return EnvironmentFailedError(
        "validation.toolchain-missing",
        f"{what} has no wheel for this Python, and this machine has no compiler or no Python headers to build it with",
        remedy="Install them, on Debian: apt install g++ python3-dev. Then run it again.",
        log=log,
    )


def unsafe_dependency(what: str, dependency: str) -> EnvironmentFailedError:
    """A dependency that does not come from the registry: a folder, a git repository, any address."""
    return EnvironmentFailedError(
        "validation.unsafe-dependency",
        f"{what} depends on {dependency[:120]}, which does not come from the registry",
        remedy="Seawall fetches packages from the configured registries alone; leave the finding to a person.",
    )


def direct_reference(wheel: str, dependency: str) -> EnvironmentFailedError:
    """A Python package that names an address for a dependency."""
    return unsafe_dependency(wheel, f"{dependency} @ an address")


def bad_archive(name: str, why: str) -> EnvironmentFailedError:
    """A package file that is broken or tries to write where it must not."""
    return EnvironmentFailedError(
        "validation.bad-archive",
        f"the package file {name[:120]!r} was refused: {why[:300]}",
        remedy="Tell the registry and the package's maintainers if this is a published file; it was not unpacked.",
        file=name[:200],
    )


def too_large(program: str, size: int, limit: int, files: int, limit_files: int) -> EnvironmentFailedError:
    """A package manager wrote more than an environment may hold."""
    return EnvironmentFailedError(
        "validation.environment-too-large",
        f"{program} fetched {size} bytes in {files} files; the limits are {limit} bytes and {limit_files} files",
        remedy="Raise the limits of environments if the package is worth it.",
    )


def unpacked_too_large() -> EnvironmentFailedError:
    """The packages unpack to more than an environment may hold."""
    return EnvironmentFailedError(
        "validation.environment-too-large",
        "the packages unpack to more bytes or files than an environment may hold",
        remedy="Raise the limits of environments if the package is worth it.",
    )


def too_slow(program: str, seconds: float) -> EnvironmentFailedError:
    """A package manager did not come to its end."""
    return EnvironmentFailedError(
        "validation.environment-too-slow",
        f"{program} was ended after {seconds:g} seconds",
        remedy="Try again on a quieter machine or network, or raise the time limit of environments.",
    )


def unreachable(registry: str, why: str) -> UnavailableError:
    """The registry gave no answer."""
    return UnavailableError(
        "validation.registry-unreachable",
        f"the configured {registry} registry cannot be reached: {why[:300]}",
        remedy="Check network, proxy and certificates in the package manager's own configuration, then run it again.",
    )


def program_missing(program: str) -> UnavailableError:
    """A program or library that builds environments is not installed."""
    return UnavailableError(
        "validation.program-missing",
        f"{program} is needed to build package environments and is not installed",
        remedy="Install Seawall with its extra `proof`: pip install 'seawall[proof]'.",
    )


def disk_full(root: str, why: str) -> UnavailableError:
    """The cache cannot be written."""
    return UnavailableError(
        "validation.environments-unwritable",
        f"package environments cannot be written to {root}: {why}",
        remedy="Free some space or check permissions; half-built environments are removed on the next build.",
    )


def busy(seconds: float) -> BusyError:
    """Another process builds the same environment and does not finish."""
    return BusyError(
        "validation.environment-busy",
        f"another process has been building the same environment for {seconds:g} seconds",
        remedy="Wait until it is done, or stop it, and run the command again.",
    )
