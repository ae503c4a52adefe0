"""Own small wheels, source archives and registries, so that environments are tested without any network."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

import pytest

from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox
from seawall.platform.sandbox.interface import Job, Sandbox, Verdict


class Links:
    """A folder of package files that pip is told to use, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wheel(
        self,
        name: str,
        version: str,
        files: Mapping[str, str | bytes],
        *,
        requires: Sequence[str] = (),
        symlinks: Mapping[str, str] | None = None,
    ) -> Path:
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        headers = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        headers += [f"Requires-Dist: {line}" for line in requires]
        path = self.folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in files.items():
                archive.writestr(file, content)
            for file, target in (symlinks or {}).items():
                member = zipfile.ZipInfo(file)
                member.external_attr = 0o120777 << 16
                archive.writestr(member, target)
            archive.writestr(f"{info}/METADATA", "\n".join(headers) + "\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        return path

    def sdist(self, name: str, version: str, files: Mapping[str, str]) -> Path:
        path = self.folder / f"{name}-{version}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for file, content in files.items():
                member = tarfile.TarInfo(f"{name}-{version}/{file}")
                data = content.encode()
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return path

    def setuptools(self) -> None:
        """Offer the installed setuptools as a wheel."""
        installed = distribution("setuptools")
        path = self.folder / f"setuptools-{installed.version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file in installed.files or []:
                if not file.parts[0].startswith("..") and file.suffix != ".pyc" and file.name != "INSTALLER":
                    archive.writestr(str(file), file.read_binary())


class NoSandbox:
    """A sandbox that must not be needed."""

    def run(self, job: Job) -> Verdict:
        raise AssertionError(f"nothing is to be run here, least of all {job.argv}")


class Registry:
    """A loopback server with fixed answers: path to (status, content type, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.default = (404, "application/json", b"{}")
        self.asked: list[str] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.asked.append(self.path)
                status, kind, body = registry.answers.get(self.path, registry.default)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def npm(self, name: str, version: str, files: Mapping[str, str], **package: object) -> None:
        """Publish an npm package; `package` adds to its package.json."""
        manifest = {"name": name, "version": version, **package}
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for file, content in {"package.json": json.dumps(manifest), **files}.items():
                member = tarfile.TarInfo(f"package/{file}")
                data = content.encode()
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        body = buffer.getvalue()
        tarball = f"/tarballs/{name.replace('/', '-')}-{version}.tgz"
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(body).digest()).decode()
        dist = {"tarball": self.url + tarball, "integrity": integrity}
        self.answers[tarball] = (200, "application/octet-stream", body)
        document = {"name": name, "dist-tags": {"latest": version}, "versions": {version: {**manifest, "dist": dist}}}
        self.answers[f"/{name.replace('/', '%2f')}"] = (200, "application/json", json.dumps(document).encode())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Links:
    folder = tmp_path / "links"
    folder.mkdir()
    for name, value in (("FIND_LINKS", str(folder)), ("NO_INDEX", "1"), ("CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(f"PIP_{name}", value)
    return Links(folder)


@pytest.fixture
def registry(socket_enabled: None) -> Iterator[Registry]:
    server = Registry()
    yield server
    server.close()


@pytest.fixture
def no_sandbox() -> Sandbox:
    return NoSandbox()


@pytest.fixture
def sandbox() -> Sandbox:
    """The real one; a test that asks for it carries the mark `sandbox`."""
    return BubblewrapSandbox()
