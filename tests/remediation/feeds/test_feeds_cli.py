"""The verbs: tables and JSON, and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import typer
from tests.platform.http.feed_server import FeedServer, content, running, status
from tests.remediation.feeds import feed_samples as samples

from seawall.entry.cli import feeds
from seawall.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def server(socket_enabled: None) -> Iterator[FeedServer]:
    with running() as feed:
        yield feed


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEAWALL_FEEDS", str(tmp_path / "feeds"))
    monkeypatch.setenv("COLUMNS", "200")
    yield
    structlog.reset_defaults()


def sync(*names: str, urls: list[str] | None = None, from_folder: Path | None = None, as_json: bool = True) -> int:
    try:
        feeds.sync(list(names), from_folder=from_folder, to=None, urls=urls or [], force=False, as_json=as_json)
    except typer.Exit as leave:
        return leave.exit_code
    return 0


def test_sync_and_list(server: FeedServer, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kev = server.serve("/kev.json", content(samples.kev(released="2026-11-20T00:00:00Z"), etag='"1"'))
    assert sync("kev", urls=[f"kev={kev}"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["folder"] == str(tmp_path / "feeds")
    assert answer["results"][0]["source"] == "kev"
    assert answer["results"][0]["outcome"] == "updated"
    assert answer["results"][0]["records"] == 10

    assert sync("kev", urls=[f"kev={kev}"], as_json=False) == 0
    shown = capsys.readouterr()
    assert "unchanged" in shown.out
    assert str(tmp_path / "feeds") in shown.out

    feeds.status(to=None, as_json=True)
    listed = json.loads(capsys.readouterr().out)
    assert listed["held"]["kev"]["records"] == 10
    assert "epss" in [source["name"] for source in listed["available"]]


def test_what_could_not_be_refreshed_is_exit_code_1(server: FeedServer, capsys: pytest.CaptureFixture[str]) -> None:
    kev, epss = server.serve("/kev", content(samples.kev())), server.serve("/epss", status(404))
    urls = [f"kev={kev}", f"epss={epss}"]
    assert sync("kev", "epss", urls=urls) == 1
    answer = capsys.readouterr()
    results = {result["source"]: result for result in json.loads(answer.out)["results"]}
    assert results["kev"]["outcome"] == "updated"
    assert results["epss"]["error"]["code"] == "http.status"
    assert sync("kev", "epss", urls=urls, as_json=False) == 1
    assert "answers with status 404" in capsys.readouterr().out
    with pytest.raises(typer.Exit) as leave:
        feeds.status(to=None, as_json=False)
    assert leave.value.exit_code == 1
    assert "warning: epss: no data" in capsys.readouterr().out


def test_from_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "known_exploited_vulnerabilities.json").write_bytes(samples.kev())
    assert sync(from_folder=stick) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["records"] == 10
    with pytest.raises(NotFoundError):
        sync(from_folder=tmp_path / "no such folder")


@pytest.mark.parametrize("url", ["kev", "kev=", "kev=file.json", "=https://x/"])
def test_an_option_that_says_nothing(url: str) -> None:
    with pytest.raises((InvalidInputError, NotFoundError)):
        sync("kev", urls=[url])


def test_a_name_of_nothing() -> None:
    with pytest.raises(NotFoundError):
        sync("nvd")


def test_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert feeds.mirror_folder(Path("here")) == Path("here").absolute()
    assert feeds.mirror_folder(None) == tmp_path / "feeds"
    monkeypatch.delenv("SEAWALL_FEEDS")
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    assert feeds.mirror_folder(None) == tmp_path / "home" / "feeds"  # where `seawall index build` looks
