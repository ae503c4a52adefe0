"""The same input gives the same bytes; what is known is not parsed again; what is there stays until it is replaced."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.remediation.index.conftest import affects, osv_document, product, record

from seawall.kernel.errors import NotFoundError, UnavailableError
from seawall.platform import files
from seawall.remediation.index import IndexBuild, build_index, manifest_path, open_index
from seawall.remediation.index import build as building
from seawall.remediation.model import Record
from seawall.remediation.names import Lookup
from seawall.remediation.records import reader_of

Write = Callable[..., Path]

_RECORDS = [
    record("PYSEC-2026-1", affects("pypi/a", ("introduced", "0"), ("fixed", "2")), identifiers=["CVE-2026-1"]),
    record("GHSA-2222-2222-2222", affects("pypi/a", versions=["1", "junk"]), identifiers=["CVE-2026-1"]),
    record("GHSA-3333-3333-3333", affects("npm/b", ("introduced", "x"), ecosystem="npm"), identifiers=["CVE-2026-2"]),
    record("PYSEC-2026-2", affects("pypi/a", ("introduced", "1")), affects("pypi/c"), identifiers=["CVE-2026-2"]),
    record("ICSA-26-1/CVE-2026-3", product("Siemens", "S7-1500", "<V2", remedy="Update"), source="csaf"),
    record("PYSEC-2026-3", affects("pypi/a", ("introduced", "1")), withdrawn=True),
    record("PYSEC-2026-4", affects("pypi/a", versions=["1"]), modified="2026-01-01T00:00:00Z"),
    record("PYSEC-2026-4", affects("pypi/a", versions=["2"]), modified="2026-01-02T00:00:00Z"),
    record("SW-2026-000001", affects("pypi/d", versions=["1"]), identifiers=["CVE-2026-3"], source="case"),
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(_RECORDS))
def test_the_order_of_records_changes_no_byte(order: list[Record], tmp_path: Path) -> None:
    expected = tmp_path / "expected.db"
    if not expected.exists():
        build_index(expected, _RECORDS)
    again = build_index(tmp_path / "again.db", order)
    assert again.path.read_bytes() == expected.read_bytes()


def build(out: Path, *sources: Path) -> IndexBuild:
    making = IndexBuild(out)
    for source in sources:
        making.add_records("osv", source)
    return making


def test_the_place_and_order_of_files_change_no_byte(folder: Write, tmp_path: Path) -> None:
    one, two = osv_document("PYSEC-2026-1"), osv_document("PYSEC-2026-2", "django", aliases=["CVE-2026-9"])
    first = build(tmp_path / "1.db", folder("x", a=one, b=two)).run()
    second = build(tmp_path / "2.db", folder("y", z=one), folder("z", a=two)).run()
    lines = tmp_path / "all.ndjson"
    lines.write_bytes(two + b"\n" + one + b"\n" + two + b"\n")
    third = build(tmp_path / "3.db", lines).run()
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("b.json", one)
        packed.writestr("a.json", two)
    fourth = build(tmp_path / "4.db", archive).run()
    digests = {report.built.manifest.digest for report in (first, second, third, fourth)}
    assert len(digests) == 1
    assert digests == {sha256((tmp_path / "1.db").read_bytes()).hexdigest()}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.sets(st.integers(0, 7)),
    after=st.sets(st.integers(0, 7)),
    changed=st.sets(st.integers(0, 7)),
)
def test_an_incremental_build_gives_the_bytes_of_one_from_scratch(
    before: set[int], after: set[int], changed: set[int], tmp_path: Path
) -> None:
    def documents(numbers: set[int], *, changed: set[int]) -> dict[str, bytes]:
        return {
            f"d{number}": osv_document(
                f"PYSEC-2026-{number}",
                f"package-{number % 3}",
                fixed=f"{number}.5" if number in changed else "junk" if number == 3 else f"{number}.1",
                aliases=[f"CVE-2026-{number // 2}"],
                withdrawn="2026-01-05T00:00:00Z" if number == 6 else None,
                modified=f"2026-01-{10 + (number in changed)}T00:00:00Z",
            )
            for number in numbers
        }

    def write(name: str, files: dict[str, bytes]) -> Path:
        place = tmp_path / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for stem, data in files.items():
            (place / f"{stem}.json").write_bytes(data)
        return place

    for leftover in tmp_path.glob("*.db*"):
        leftover.unlink()
    old, new = documents(before, changed=set()), documents(after, changed=changed)
    build(tmp_path / "grown.db", write("old", old)).run()
    grown = build(tmp_path / "grown.db", write("new", new)).run()
    scratch = build(tmp_path / "scratch.db", write("new", new)).run()
    assert (tmp_path / "grown.db").read_bytes() == (tmp_path / "scratch.db").read_bytes()
    assert grown.carried == len(set(old.values()) & set(new.values()))
    assert grown.read == scratch.read - grown.carried


def test_a_build_tells_how_far_it_has_come(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    class Told:
        def stage(self, name: str, total: int | None) -> None:
            assert total is None
            told.append((name, 0))

        def advance(self, items: int = 1, *, note: str = "") -> None:
            assert note
            told[-1] = told[-1][0], told[-1][1] + items

    lines = tmp_path / "osv.ndjson"
    lines.write_bytes(osv_document("PYSEC-2026-1") + b"\n" + b"{}\n" + osv_document("PYSEC-2026-2") + b"\n")
    making = IndexBuild(tmp_path / "known.db", progress=Told())
    making.add_records("osv", lines)
    assert making.run().unreadable == 1
    assert told == [("osv", 3), ("writing", 0)]


def test_products_remedies_and_signals_are_carried_over_whole(tmp_path: Path) -> None:
    lines = tmp_path / "cve.ndjson"
    lines.write_bytes(_cve("CVE-2026-0001", "1.2") + b"\n" + _cve("CVE-2026-0002", "2.0") + b"\n")
    out = tmp_path / "known.db"

    def run(*, anew: bool = False) -> bytes:
        making = IndexBuild(out)
        making.add_signals("vulnrichment", lines)
        making.add((record("ICSA-1/CVE-2026-0001", product("Siemens", "S7-1500", "<V2", remedy="Update")),))
        making.run(anew=anew)
        return out.read_bytes()

    scratch = run()
    assert run() == scratch == run(anew=True)
    with open_index(out) as index:
        assert len(index.series(["CVE-2026-0001"])["CVE-2026-0001"]) == 1


def test_a_newer_advisory_takes_back_what_it_no_longer_says(tmp_path: Path) -> None:
    def advisory(*cves: str, modified: str) -> list[Record]:
        entry = affects("pypi/a", versions=["1"])
        named = [record(f"ICSA-1/{cve}", entry, identifiers=[cve], source="csaf", modified=modified) for cve in cves]
        return [replace(found, digest=sha256(modified.encode()).hexdigest()) for found in named]

    old = advisory("CVE-2026-1", "CVE-2026-2", modified="2026-01-01T00:00:00Z")
    new = advisory("CVE-2026-1", modified="2026-02-01T00:00:00Z")
    for records in (old + new, new + old):
        built = build_index(tmp_path / "1.db", records)
        with open_index(built.path) as index:
            hits = index.look_up(Lookup("pypi/a", "PyPI", "1")).hits
            assert [hit.vulnerability.id for hit in hits] == ["CVE-2026-1"]


def test_names_with_a_slash_in_other_sources_are_names(tmp_path: Path) -> None:
    records = [record(name, affects("pypi/a", versions=["1"])) for name in ("A/1", "A/2")]
    with open_index(build_index(tmp_path / "1.db", records).path) as index:
        assert len(index.look_up(Lookup("pypi/a", "PyPI", "1")).hits) == 2


def test_a_record_at_hand_that_a_file_holds_too_counts_once(folder: Write, tmp_path: Path) -> None:
    document = osv_document("PYSEC-2026-1")
    source = folder("x", a=document)
    alone = build(tmp_path / "1.db", source).run()
    both = build(tmp_path / "2.db", source)
    both.add(reader_of("osv").read(document))
    assert both.run().built.manifest == alone.built.manifest


def test_an_unreadable_document_is_reported_and_tried_again(folder: Write, tmp_path: Path) -> None:
    source = folder("x", a=osv_document("PYSEC-2026-1"), b=b'{"id": 7}', c=b"\xff\xfe{")
    first = build(tmp_path / "1.db", source).run()
    assert first.read == 1
    assert first.unreadable == 2
    assert any("b.json" in problem for problem in first.problems)
    (source / "b.json").write_bytes(osv_document("PYSEC-2026-2"))
    second = build(tmp_path / "1.db", source).run()
    assert (second.read, second.carried, second.unreadable) == (1, 1, 1)


def test_another_version_of_the_code_carries_nothing_over(
    folder: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder("x", a=osv_document("PYSEC-2026-1"))
    build(tmp_path / "1.db", source).run()
    monkeypatch.setattr("seawall.remediation.index.sources.fingerprint", lambda: "another")
    report = build(tmp_path / "1.db", source).run()
    assert report.carried == 0
    assert report.anew


def test_a_damaged_index_is_built_anew(folder: Write, tmp_path: Path) -> None:
    source = folder("x", a=osv_document("PYSEC-2026-1"))
    out = tmp_path / "1.db"
    whole = build(out, source).run().built.manifest.digest
    data = bytearray(out.read_bytes())
    data[-100] ^= 1
    out.write_bytes(data)
    report = build(out, source).run()
    assert report.carried == 0
    assert report.built.manifest.digest == whole == sha256(out.read_bytes()).hexdigest()


def test_a_build_that_fails_leaves_what_was_there(
    folder: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "1.db"
    build(out, folder("x", a=osv_document("PYSEC-2026-1"))).run()
    before = out.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(building, "write", fail)
        with pytest.raises(UnavailableError, match="index-unwritable"):
            build(out, folder("y", a=osv_document("PYSEC-2026-2"))).run()
    assert out.read_bytes() == before
    with open_index(out) as index:
        assert index.look_up(Lookup("pypi/jinja2", "PyPI", "3.0")).hits
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_build_that_dies_between_any_two_renames_leaves_an_index_that_opens(
    step: int, folder: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "1.db"
    build(out, folder("x", a=osv_document("PYSEC-2026-1"))).run()
    done = 0
    real = files.put_in_place

    def dying(source: Path, target: Path) -> None:
        nonlocal done
        if done == step:
            raise KeyboardInterrupt
        done += 1
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(files, "put_in_place", dying)
        with pytest.raises(KeyboardInterrupt):
            build(out, folder("y", a=osv_document("PYSEC-2026-2", "django"))).run()
    with open_index(out) as index:
        assert index.look_up(Lookup("pypi/jinja2", "PyPI", "3.0")).hits or step == 2
        assert index.info.records == 1
    final = build(out, folder("y", a=osv_document("PYSEC-2026-2", "django"))).run()
    assert final.built.manifest.previous == ""
    with open_index(out) as index:
        assert index.look_up(Lookup("pypi/django", "PyPI", "3.0")).hits


def test_an_open_index_goes_on_answering_while_it_is_replaced(folder: Write, tmp_path: Path) -> None:
    out = tmp_path / "1.db"
    build(out, folder("x", a=osv_document("PYSEC-2026-1"))).run()
    with open_index(out) as index:
        build(out, folder("y", a=osv_document("PYSEC-2026-2", "django"))).run()
        assert index.look_up(Lookup("pypi/jinja2", "PyPI", "3.0")).hits


def test_the_same_input_again_leaves_the_file_alone(folder: Write, tmp_path: Path) -> None:
    out = tmp_path / "1.db"
    source = folder("x", a=osv_document("PYSEC-2026-1"))
    assert build(out, source).run().built.changed
    os.utime(out, (1, 1))
    report = build(out, source).run()
    assert not report.built.changed
    assert out.stat().st_mtime == 1


def test_the_manifest_says_what_the_file_is(tmp_path: Path) -> None:
    built = build_index(tmp_path / "1.db", _RECORDS)
    manifest = msgspec.json.decode(manifest_path(built.path).read_bytes())
    assert manifest["digest"] == sha256(built.path.read_bytes()).hexdigest()
    assert manifest["bytes"] == built.path.stat().st_size
    assert manifest["records"] == 7
    assert manifest["products"] == 1


def test_no_path_and_no_date_of_the_build_is_in_the_file(folder: Write, tmp_path: Path) -> None:
    built = build(tmp_path / "1.db", folder("secret-place", a=osv_document("PYSEC-2026-1"))).run().built
    data = built.path.read_bytes()
    assert b"secret-place" not in data
    assert str(tmp_path).encode() not in data


def test_unknown_formats_and_feeds_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="unknown-source"):
        IndexBuild(tmp_path / "1.db").add_records("spdx", tmp_path)
    with pytest.raises(NotFoundError, match="unknown-feed"):
        IndexBuild(tmp_path / "1.db").add_signals("rumours", tmp_path)


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="unopened"):
        build(tmp_path / "1.db", tmp_path / "missing.json").run()
    assert not (tmp_path / "1.db").exists()


def _cve(name: str, version: str) -> bytes:
    metric = {"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}
    affected = [{"vendor": "x", "product": "y", "versions": [{"version": version, "status": "affected"}]}]
    cna = {
        "providerMetadata": {"shortName": "x", "dateUpdated": "2026-01-02T00:00:00Z"},
        "affected": affected,
        "metrics": [metric],
    }
    metadata = {"cveId": name, "state": "PUBLISHED", "dateUpdated": "2026-01-02T00:00:00Z"}
    return msgspec.json.encode({"dataType": "CVE_RECORD", "cveMetadata": metadata, "containers": {"cna": cna}})
