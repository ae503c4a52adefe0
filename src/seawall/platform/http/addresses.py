"""Which addresses may be fetched: rules without I/O, but for asking the resolver.

A document from the open internet must not make Seawall call addresses in the operator's own network (server-side
request forgery). What counts is the address that is really connected to, so `wire.py` asks `is_private` for each.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urljoin, urlsplit

from seawall.platform.http import errors

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_private(address: str) -> bool:
    """Whether a numeric address is anything else than a global unicast address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_private(str(inner))
    return not parsed.is_global or parsed.is_multicast


def addresses_of(host: str, port: int) -> list[str]:
    """Return the numeric addresses of a host, in the order in which to try them.

    Raises:
        OSError: The name cannot be resolved.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_url(url: str) -> SplitResult:
    """Return the parts of a URL that can be fetched.

    Raises:
        InvalidInputError: It is no http(s) address, or holds a user name (`http.bad-url`).
    """
    try:
        parts = urlsplit(url)
        host, _ = ascii_host(parts), parts.port
    except ValueError:  # UnicodeError is one
        raise errors.bad_url(url, "it is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise errors.bad_url(url, "it is no http or https address")
    if parts.username is not None or parts.password is not None:
        raise errors.bad_url(url, "it holds a user name")
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):  # noqa: PLR2004 - ASCII controls
        raise errors.bad_url(url, "it holds a space or a control character")
    return parts


def ascii_host(parts: SplitResult) -> str:
    """Return the host as the resolver and the server want it.

    Raises:
        UnicodeError: It is no host name.
    """
    host = parts.hostname or ""
    return host if host.isascii() else host.encode("idna").decode()


def next_url(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        InvalidInputError: It leads nowhere, or from https to http (`http.redirect`, `http.bad-url`).
    """
    if not location:
        raise errors.redirect(url, "without saying where")
    target = urljoin(url, location).partition("#")[0]
    checked_url(target)
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise errors.redirect(url, "to an address that is not protected by TLS")
    return target
