"""What can be wrong with a job or a machine before anything runs; each with its code and its remedy."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError, UnavailableError


def unsafe_file_name(name: str, why: str) -> InvalidInputError:
    """A name in `Job.files` that could leave `/w/in` or that no file may have."""
    return InvalidInputError(
        "sandbox.unsafe-file-name",
        f"{name[:80]!r} is no file name for a job: {why}",
        remedy="Use a plain name or a relative path without '..', control characters or empty parts.",
    )


def invalid_job(message: str, remedy: str) -> InvalidInputError:
    """Something else in a job that cannot be carried out."""
    return InvalidInputError("sandbox.invalid-job", message, remedy=remedy)


def invalid_mount(message: str, remedy: str) -> InvalidInputError:
    """A mount whose source is missing or whose target is the sandbox's own."""
    return InvalidInputError("sandbox.invalid-mount", message, remedy=remedy)


def no_bubblewrap() -> UnavailableError:
    """There is no `bwrap`."""
    return UnavailableError(
        "sandbox.no-bubblewrap",
        "the program bwrap is not installed",
        remedy="Install it: 'apt install bubblewrap', or 'pip install seawall[bwrap]' where no package is at hand.",
    )


def no_user_namespaces(said: str, remedy: str) -> UnavailableError:
    """The kernel or its policy refuses user namespaces."""
    return UnavailableError(
        "sandbox.no-user-namespaces",
        f"this machine gives no user namespace to this user: {said}",
        remedy=remedy,
    )


def setup_failed(said: str, remedy: str = "") -> UnavailableError:
    """Bubblewrap or the supervisor ended before the job began."""
    return UnavailableError(
        "sandbox.setup-failed",
        f"the sandbox could not be set up: {said}",
        remedy=remedy or "Read what bwrap says above; run 'bwrap --ro-bind / / true' to see whether it works at all.",
    )
