"""One HTTP exchange: connections on checked addresses, each step within a deadline.

Why on `httpcore2`, the transport of httpx2, and not on httpx2 itself: both rules that matter here sit below what httpx2
lets one configure. A deadline has to hold for the header lines too (a server that sends one byte every few seconds
never trips a timeout for each read), and an address has to be checked when it is connected to, not before (a name may
resolve to something else a moment later). Both are one network backend.

Invariants: raises `Fault` for what may be tried again, and Seawall's errors for what may not. Left out: resolving a
name takes as long as the system's resolver lets it.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2

from seawall.platform.http import errors
from seawall.platform.http.addresses import addresses_of, ascii_host, is_private

_AGENT = "seawall/0 (+vulnerability feed mirror)"
_PORTS = {"http": 80, "https": 443}


class Fault(Exception):  # noqa: N818 - never leaves this package
    """An exchange failed in a way that another try may mend."""

    def __init__(self, reason: str, *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Times:
    """Limits of time of one exchange, in seconds."""

    connect: float = 15.0
    """For each address of a host, and for TLS."""
    silence: float = 30.0
    """Without a byte."""
    headers: float = 60.0
    """From the request to the end of the answer's head."""
    whole: float = 3600.0
    """The whole exchange."""
    window: float = 60.0
    """How long to measure before a body counts as too slow."""
    slowest: int = 512
    """Bytes a second, over each window."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Head of an answer, and its body as it comes."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; of repeated ones the first."""
    chunks: Iterator[bytes]


class Wire:
    """Connections, kept open between requests. Safe to use from several threads."""

    def __init__(
        self,
        times: Times = Times(),
        *,
        context: ssl.SSLContext | None = None,
        proxies: Mapping[str, str] | None = None,
        private: Callable[[str], bool] = is_private,
        connections: int = 16,
    ) -> None:
        """Prepare.

        Args:
            times: Limits.
            context: For TLS; None: the system's authorities, or those of SSL_CERT_FILE.
            proxies: Scheme to proxy URL; None: what the environment says, NO_PROXY included.
            private: Says whether a numeric address is a private one.
            connections: Most open at the same time.
        """
        self._times = times
        self._context = context
        self._from_environment = proxies is None
        self._proxies = dict(getproxies() if proxies is None else proxies)
        self._private = private
        self._connections = connections
        self._pools: dict[tuple[str, bool], httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._local = threading.local()

    def is_private_host(self, host: str, port: int | None) -> bool:
        """Whether every address of a host is private; False if it cannot be resolved, or a proxy resolves it."""
        try:
            addresses = addresses_of(host, port or 0)
        except (OSError, UnicodeError):
            return False
        return bool(addresses) and all(self._private(address) for address in addresses)

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str], *, private_allowed: bool) -> Iterator[Answer]:
        """Ask for a URL; the body has to be read inside the block.

        Raises:
            Fault: Trying again may help.
            UnavailableError: The server cannot prove who it is, or is too slow (`http.certificate`, `http.too-slow`).
            InvalidInputError: It is a private address and none is allowed (`http.private-address`).
        """
        parts = urlsplit(url)
        proxy = self._proxy_for(parts)
        if proxy and not private_allowed and (parts.hostname == "localhost" or self._is_private_literal(parts)):
            raise errors.private_address(url)
        begun = time.monotonic()
        self._local.deadline = begun + self._times.headers
        self._local.private_refused = False
        sent = [
            (b"Host", _authority(parts)),
            (b"User-Agent", _AGENT.encode()),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
            *((name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()),
        ]
        timeouts = {
            "connect": self._times.connect,
            "read": self._times.silence,
            "write": self._times.silence,
            "pool": self._times.headers,
        }
        with (
            self._translated(url, begun),
            self._pool(proxy, private_allowed).stream(
                "GET", _target(parts), headers=sent, extensions={"timeout": timeouts}
            ) as response,
        ):
            self._local.deadline = begun + self._times.whole
            found: dict[str, str] = {}
            for name, value in response.headers:
                found.setdefault(name.decode("ascii", "replace").lower(), value.decode("latin-1").strip())
            yield Answer(response.status, found, self._chunks(url, response.iter_stream()))

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _chunks(self, url: str, stream: Iterable[bytes]) -> Iterator[bytes]:
        since, received = time.monotonic(), 0
        for chunk in stream:
            received += len(chunk)
            yield chunk
            passed = time.monotonic() - since
            if passed >= self._times.window:
                if received < self._times.slowest * passed:
                    raise errors.too_slow(url, f"{received} bytes came in {passed:.0f} seconds")
                since, received = time.monotonic(), 0

    @contextmanager
    def _translated(self, url: str, begun: float) -> Iterator[None]:
        try:
            yield
        except httpcore2.TimeoutException as error:
            if time.monotonic() >= self._local.deadline:
                raise errors.too_slow(url, f"not done after {time.monotonic() - begun:.0f} seconds") from error
            raise Fault(f"no answer in time ({type(error).__name__})") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ProxyError, ssl.SSLError) as error:
            if self._local.private_refused:
                raise errors.private_address(url) from None
            cause = _certificate_problem(error)
            if cause:
                raise errors.certificate(url, cause) from error
            raise Fault(f"{type(error).__name__}: {error}"[:200]) from error

    def _proxy_for(self, parts: SplitResult) -> str:
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all") or ""
        if not proxy or (self._from_environment and proxy_bypass(parts.hostname or "")):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"

    def _is_private_literal(self, parts: SplitResult) -> bool:
        host = parts.hostname or ""
        return (":" in host or host.replace(".", "").isdecimal()) and self._private(host)

    def _pool(self, proxy: str, private_allowed: bool) -> httpcore2.ConnectionPool:  # noqa: FBT001 - half of a key
        with self._lock:
            pool = self._pools.get((proxy, private_allowed))
            if pool is None:
                pool = self._pools[proxy, private_allowed] = self._new_pool(proxy, private_allowed)
            return pool

    def _new_pool(self, proxy: str, private_allowed: bool) -> httpcore2.ConnectionPool:  # noqa: FBT001 - half of a key
        context = self._context or httpcore2.default_ssl_context()
        # A proxy is the operator's own choice, wherever it stands; what lies behind it, it alone resolves.
        refused = None if private_allowed or proxy else self._private
        backend = _Backend(self._local, refused)
        if not proxy:
            return httpcore2.ConnectionPool(
                ssl_context=context, max_connections=self._connections, keepalive_expiry=15.0, network_backend=backend
            )
        try:
            parts = urlsplit(proxy)
            port = parts.port or _PORTS.get(parts.scheme, 0) if parts.scheme in _PORTS else 0
        except ValueError as error:
            raise errors.bad_proxy(str(error)) from None
        if not port or not parts.hostname:
            raise errors.bad_proxy("it is no http address")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        address = f"{parts.scheme}://{host}:{port}/"
        user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return httpcore2.HTTPProxy(
            address, user, ssl_context=context, max_connections=self._connections, network_backend=backend
        )


class _Backend(httpcore2.NetworkBackend):
    """Connects to addresses that may be connected to."""

    def __init__(self, local: threading.local, refused: Callable[[str], bool] | None) -> None:
        self._local = local
        self._refused = refused
        self._real = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            addresses = addresses_of(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"the name {host} cannot be resolved") from error
        allowed = [address for address in addresses if self._refused is None or not self._refused(address)]
        if not allowed:
            self._local.private_refused = bool(addresses)
            raise httpcore2.ConnectError("no address may be connected to")
        for address in allowed[:-1]:
            try:
                return self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connect(allowed[-1], port, timeout, local_address, socket_options)

    def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.NetworkStream:
        timeout = _within(self._local, timeout, httpcore2.ConnectTimeout)
        stream = self._real.connect_tcp(address, port, timeout, local_address, socket_options)
        return _Stream(self._local, stream)


class _Stream(httpcore2.NetworkStream):
    """A connection none of whose steps outlasts the deadline of the request that uses it."""

    def __init__(self, local: threading.local, inner: httpcore2.NetworkStream) -> None:
        self._local = local
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _within(self._local, timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _within(self._local, timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        timeout = _within(self._local, timeout, httpcore2.ConnectTimeout)
        return _Stream(self._local, self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _within(local: threading.local, timeout: float | None, kind: type[httpcore2.TimeoutException]) -> float:
    left: float = local.deadline - time.monotonic()
    if left <= 0:
        raise kind("the deadline has passed")
    return left if timeout is None else min(timeout, left)


def _target(parts: SplitResult) -> httpcore2.URL:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore2.URL(
        scheme=parts.scheme.encode(),
        host=ascii_host(parts).encode(),
        port=parts.port,
        target=quote_target(path).encode("ascii"),
    )


def _authority(parts: SplitResult) -> bytes:
    host = ascii_host(parts)
    host = f"[{host}]" if ":" in host else host
    return (host if parts.port in {None, _PORTS[parts.scheme]} else f"{host}:{parts.port}").encode()


def quote_target(path: str) -> str:
    """Percent-encode what may not stand in a request line; what is encoded already stays."""
    return "".join(c if "!" <= c <= "~" else "".join(f"%{byte:02X}" for byte in c.encode()) for c in path)


def _certificate_problem(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message or "its certificate is not valid"
        error = error.__cause__ or error.__context__
    return ""
