"""What can go wrong when something is fetched. URLs are shown without their query: secrets travel there."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError
from seawall.platform.http.interface import shown_url

_KEPT = "What was fetched before is kept and used; try again later."


class HTTPStatusError(UnavailableError):
    """The server answered, and not with the file."""

    @property
    def status(self) -> int:
        """The status code."""
        return int(self.details.get("status", "0"))


def status(url: str, code: int) -> HTTPStatusError:
    """A status that trying again does not change, or did not."""
    remedy = _KEPT
    if code in {401, 403, 407}:
        remedy = "Check that this address is public, and what a proxy on the way allows. " + _KEPT
    elif code in {404, 410}:
        remedy = "Check the address: it may have moved. " + _KEPT
    return HTTPStatusError("http.status", f"{shown_url(url)} answers with status {code}", remedy=remedy, status=code)


def unreachable(url: str, reason: str) -> UnavailableError:
    """No connection, or it broke, as often as it was tried."""
    return UnavailableError(
        "http.unreachable",
        f"{shown_url(url)} cannot be fetched: {reason[:200]}",
        remedy="Check the network and the proxy settings (HTTPS_PROXY, NO_PROXY). " + _KEPT,
    )


def certificate(url: str, reason: str) -> UnavailableError:
    """The server does not prove who it is."""
    return UnavailableError(
        "http.certificate",
        f"{shown_url(url)} does not prove who it is: {reason[:200]}",
        remedy="If your network inspects TLS, name its certificate file in SSL_CERT_FILE; otherwise do not trust it.",
    )


def too_slow(url: str, reason: str) -> UnavailableError:
    """The time limit passed, or hardly anything arrives."""
    return UnavailableError("http.too-slow", f"{shown_url(url)} is too slow: {reason}", remedy=_KEPT)


def told_to_wait(url: str, seconds: float) -> UnavailableError:
    """The server asks for a longer break than anybody sits through."""
    return UnavailableError(
        "http.told-to-wait",
        f"{shown_url(url)} asks not to be called for {seconds:.0f} seconds",
        remedy="Run the command again after that time. What was fetched before is kept and used.",
        seconds=f"{seconds:.0f}",
    )


def too_large(url: str, limit: int) -> LimitExceededError:
    """There is more than the limit."""
    return LimitExceededError(
        "http.too-large",
        f"{shown_url(url)} is larger than the limit of {limit} bytes",
        remedy="Check that it is the right address. " + _KEPT,
    )


def redirect(url: str, reason: str) -> InvalidInputError:
    """A redirect that must not be followed."""
    return InvalidInputError(
        "http.redirect",
        f"{shown_url(url)} redirects {reason[:200]}, which is not followed",
        remedy="Check the address; name the final one if you trust it.",
    )


def private_address(url: str) -> InvalidInputError:
    """A public document or redirect that leads into the own network."""
    return InvalidInputError(
        "http.private-address",
        f"{shown_url(url)} is an address of a private network, and a public server leads to it",
        remedy="Name the address yourself if it is yours; otherwise do not trust the server that led there.",
    )


def bad_url(url: str, reason: str) -> InvalidInputError:
    """It is no address that can be fetched."""
    return InvalidInputError(
        "http.bad-url",
        f"{shown_url(url)} cannot be fetched: {reason}",
        remedy="Give an address such as https://example.com/feed.json, without user name and password.",
    )


def bad_proxy(reason: str) -> InvalidInputError:
    """The environment names a proxy that cannot be used."""
    return InvalidInputError(
        "http.bad-proxy",
        f"the proxy of the environment cannot be used: {reason}",
        remedy="Set HTTPS_PROXY to http://host:port.",
    )


def unwritable(reason: str) -> UnavailableError:
    """The disk does not take it."""
    return UnavailableError(
        "http.unwritable",
        f"what was fetched cannot be written: {reason}",
        remedy="Check free space and permissions of the folder. " + _KEPT,
    )
