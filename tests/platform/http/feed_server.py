"""A real HTTP server on loopback that misbehaves on demand."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Asked:
    path: str
    headers: dict[str, str]


Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: each answer would wait for a delayed ACK
    server: _Server

    def do_GET(self) -> None:
        feed = self.server.feed
        with feed.lock:
            feed.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
            answers = feed.answers.get(self.path, [status(404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            feed.active += 1
            feed.most_active = max(feed.most_active, feed.active)
        try:
            answer(self)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True
        finally:
            with feed.lock:
                feed.active -= 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass

    def head(self, code: int, **headers: str | int) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    feed: FeedServer

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@dataclass
class FeedServer:
    base: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    active: int = 0
    most_active: int = 0

    def url(self, path: str) -> str:
        return self.base + path

    def serve(self, path: str, *answers: Answer) -> str:
        """Give these answers in turn, and the last one from then on."""
        self.answers[path] = list(answers)
        return self.url(path)

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)


@contextmanager
def running(host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Iterator[FeedServer]:
    server = _Server((host, 0), Handler)
    scheme = "http"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    server.feed = FeedServer(f"{scheme}://{host}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.feed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def content(data: bytes, *, etag: str = "", modified: str = "", ranges: bool = True, honest: bool = True) -> Answer:
    """Serve as a good server does; not `honest`: send ranges whatever If-Range says."""

    def answer(handler: Handler) -> None:
        asked = handler.headers
        headers: dict[str, str | int] = {"ETag": etag} if etag else {}
        if modified:
            headers["Last_Modified"] = modified
        if (etag and asked.get("If-None-Match") == etag) or (
            modified and not asked.get("If-None-Match") and asked.get("If-Modified-Since") == modified
        ):
            handler.head(304, **headers)
            return
        wanted = asked.get("Range", "")
        if ranges and wanted and (not honest or asked.get("If-Range") in {etag, modified}):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                handler.head(416, Content_Length=0, Content_Range=f"bytes */{len(data)}")
                return
            rest = data[start:]
            span = f"bytes {start}-{len(data) - 1}/{len(data)}"
            handler.head(206, Content_Length=len(rest), Content_Range=span, **headers)
            handler.wfile.write(rest)
            return
        handler.head(200, Content_Length=len(data), **headers)
        handler.wfile.write(data)

    return answer


def status(code: int, **headers: str | int) -> Answer:
    return lambda handler: handler.head(code, Content_Length=0, **headers)


def redirect(to: str, code: int = 302) -> Answer:
    return status(code, Location=to)


def cut(data: bytes, after: int, *, etag: str = "", modified: str = "") -> Answer:
    """Announce all, send a part, and hang up."""

    def answer(handler: Handler) -> None:
        headers = {name: value for name, value in (("ETag", etag), ("Last_Modified", modified)) if value}
        handler.head(200, Content_Length=len(data), **headers)
        handler.wfile.write(data[:after])
        handler.wfile.flush()
        handler.close_connection = True

    return answer


def endless(chunk: bytes = b"x" * 65536) -> Answer:
    """Send for ever, without a length."""

    def answer(handler: Handler) -> None:
        handler.head(200, Transfer_Encoding="chunked")
        while True:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    return answer


def drip(data: bytes, seconds: float) -> Answer:
    """Send one byte at a time."""

    def answer(handler: Handler) -> None:
        handler.head(200, Content_Length=len(data))
        for byte in data:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(seconds)

    return answer


def drip_head(seconds: float, times: int = 200) -> Answer:
    """Send the head of the answer one byte at a time, for ever."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(times):
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(seconds)
        handler.close_connection = True

    return answer


def raw(data: bytes) -> Answer:
    def answer(handler: Handler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def certificate(folder: Path, hosts: Sequence[str] = ("127.0.0.1",)) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate; return the server's context and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feeds.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host)) for host in hosts]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cafile=pem)
    return server, client
