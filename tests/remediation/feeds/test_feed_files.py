"""What each feed takes for its file, and what not."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest
from tests.remediation.feeds import feed_samples as samples
from tests.remediation.feeds.feed_samples import NOW

from seawall.kernel.errors import InvalidInputError, LimitExceededError, SeawallError
from seawall.remediation.feeds import cve, epss, kev, osv
from seawall.remediation.feeds.archives import members
from seawall.remediation.feeds.interface import Checked, Feed, FileLimits

LIMITS = FileLimits()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feed.zip"


def check(feed: Feed, file: Path, content: bytes, limits: FileLimits = LIMITS) -> Checked:
    file.write_bytes(content)
    return feed.check(file, NOW, limits)


def test_kev(file: Path) -> None:
    checked = check(kev.FEED, file, samples.kev(7))
    assert checked.records == 7
    assert checked.as_of == "2026-11-20T17:00:00Z"


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", samples.kev(3)[:-40], samples.kev(3, count=4), samples.kev(0), b"[]", b"[" * 100_000],
    ids=["empty", "page", "cut", "count", "none", "list", "deep"],
)
def test_what_is_no_kev_catalogue(file: Path, content: bytes) -> None:
    with pytest.raises(InvalidInputError):
        check(kev.FEED, file, content)


def test_epss_keeps_model_and_day(file: Path) -> None:
    checked = check(epss.FEED, file, samples.epss(50))
    assert checked.records == 50
    assert checked.as_of == "2026-11-20T00:00:00Z"
    assert checked.facts == {"model_version": "v2026.06.15"}
    assert checked.notes == ()


def test_epss_says_how_many_rows_it_could_not_read(file: Path) -> None:
    text = samples.epss_text(300) + b"CVE-2026-1,not a number,1\n"
    checked = check(epss.FEED, file, gzip.compress(text))
    assert checked.records == 300
    assert checked.notes == ("1 rows cannot be read",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        samples.epss()[:-9],
        samples.epss()[:200],
        gzip.compress(b"cve,epss,percentile\nCVE-2026-1,0.1,0.2\n"),
        gzip.compress(b"#model_version:v1,score_date:2026-99-99T00:00\ncve,epss,percentile\nCVE-2026-1000,0.1,0.2\n"),
        gzip.compress(samples.epss_text(0)),
        gzip.compress(samples.epss_text(9) + b"garbage\n"),
        samples.epss(day="2027-01-01T00:00:00+0000"),
        samples.epss_text(),
        samples.epss()[:-8] + b"\0\0\0\0" + samples.epss()[-4:],
    ],
    ids=["empty", "page", "no end", "cut", "no head", "day", "no rows", "rows", "future", "not packed", "checksum"],
)
def test_what_is_no_epss_file(file: Path, content: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check(epss.FEED, file, content)
    assert caught.value.code == "feeds.damaged"


def test_a_gzip_bomb_is_refused(file: Path) -> None:
    bomb = gzip.compress(samples.epss_text(1) + b"\0" * 80_000_000)
    assert len(bomb) < 200_000
    with pytest.raises(LimitExceededError) as caught:
        check(epss.FEED, file, bomb)
    assert caught.value.code == "feeds.bomb"


def test_a_gzip_file_of_more_than_the_limit_is_refused(file: Path) -> None:
    with pytest.raises(LimitExceededError) as caught:
        check(epss.FEED, file, samples.epss(1000), FileLimits(unpacked=10_000))
    assert caught.value.code == "feeds.bomb"


def test_a_gzip_bomb_of_lines_is_not_read_to_its_end(file: Path) -> None:
    with pytest.raises(InvalidInputError, match="10001 of"):
        check(epss.FEED, file, gzip.compress(samples.epss_text(1) + b"\n" * 30_000_000))


def test_osv(file: Path) -> None:
    records = {f"PYSEC-2026-{n}.json": samples.osv_record(n, f"2026-11-{n:02}T00:00:00Z") for n in range(1, 20)}
    checked = check(osv.FEED, file, samples.zipped(records))
    assert checked.records == 19
    assert checked.as_of == "2026-11-19T00:00:00Z"


def test_a_date_in_the_future_makes_nothing_newer(file: Path) -> None:
    records = {"a.json": samples.osv_record(1), "b.json": samples.osv_record(2, "2099-01-01T00:00:00Z")}
    checked = check(osv.FEED, file, samples.zipped(records))
    assert checked.as_of == "2026-11-19T00:00:00Z"
    assert checked.records == 2
    assert checked.notes == ("1 records are dated in the future",)


def test_a_placeholder_is_no_date(file: Path) -> None:
    records = {"a.json": samples.osv_record(1, "0001-01-01T00:00:00Z")}
    checked = check(osv.FEED, file, samples.zipped(records))
    assert checked.as_of == ""
    assert checked.records == 1


def test_cve_takes_records_and_leaves_other_files(file: Path) -> None:
    checked = check(cve.FEED, file, samples.cves(12))
    assert checked.records == 12
    assert checked.as_of == "2026-11-18T00:00:00Z"


def test_a_record_under_a_wrong_name_is_none(file: Path) -> None:
    files = {f"x/CVE-2026-{n}.json": samples.cve_record(f"CVE-2026-{n}") for n in range(1000, 1200)}
    files["x/CVE-2026-9999.json"] = samples.cve_record("CVE-2026-9998")
    assert check(cve.FEED, file, samples.zipped(files)).notes == ("1 records cannot be read",)
    with pytest.raises(InvalidInputError):
        check(cve.FEED, file, samples.zipped({"CVE-2026-9999.json": samples.cve_record("CVE-2026-9998")}))


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.9, -1, -22])
def test_a_truncated_zip_is_refused(file: Path, keep: float) -> None:
    whole = samples.osv(50)
    cut = whole[: int(len(whole) * keep)] if isinstance(keep, float) else whole[:keep]
    with pytest.raises(InvalidInputError) as caught:
        check(osv.FEED, file, cut)
    assert caught.value.code == "feeds.damaged"


def test_no_flipped_bit_changes_content_unnoticed(file: Path) -> None:
    whole = samples.osv(2)
    file.write_bytes(whole)
    right = list(members(file, lambda _: True, LIMITS))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start = archive.infolist()[1].header_offset + 30 + len(archive.infolist()[1].filename)
        size = archive.infolist()[1].compress_size
    noticed = 0
    for at in range(start, start + size):
        changed = bytearray(whole)
        changed[at] ^= 0x10
        file.write_bytes(bytes(changed))
        try:
            assert list(members(file, lambda _: True, LIMITS)) == right, "bits after the end of the data say nothing"
        except InvalidInputError:
            noticed += 1
    assert noticed >= size - 1


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.json", "/etc/a.json", "a/../../b.json", "..\\a.json", "C:/a.json", "a\\b.json"]
)
def test_names_that_lead_out_are_refused(file: Path, name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check(osv.FEED, file, samples.zipped({"a.json": samples.osv_record(1), name: samples.osv_record(2)}))
    assert caught.value.code == "feeds.damaged"


def test_links_are_refused(file: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.json")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InvalidInputError, match="is a link"):
        check(osv.FEED, file, out.getvalue())


def test_two_members_of_one_name_are_refused(file: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.json", samples.osv_record(1))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.json", samples.osv_record(2))
    with pytest.raises(InvalidInputError, match="one name"):
        check(osv.FEED, file, out.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(file: Path, method: int) -> None:
    with pytest.raises(InvalidInputError):
        check(osv.FEED, file, samples.zipped({"a.json": samples.osv_record(1)}, method))


def test_encrypted_members_are_refused(file: Path) -> None:
    changed = bytearray(samples.zipped({"a.json": samples.osv_record(1)}))
    changed[changed.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidInputError, match="encrypted"):
        check(osv.FEED, file, bytes(changed))


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (samples.zipped({f"{n}.json": b"0" * 20_000_000 for n in range(4)}), LIMITS),
        (samples.zipped({"a.json": b"0" * 2_000_000}), FileLimits(member=1_000_000)),
        (samples.osv(20), FileLimits(members=19)),
        (samples.osv(20), FileLimits(unpacked=2000)),
    ],
    ids=["ratio", "member", "members", "unpacked"],
)
def test_zip_bombs_are_refused(file: Path, content: bytes, limits: FileLimits) -> None:
    with pytest.raises(LimitExceededError) as caught:
        check(osv.FEED, file, content, limits)
    assert caught.value.code == "feeds.bomb"


def test_members_that_share_their_bytes_are_refused(file: Path) -> None:
    """As in Fifield's bomb: many directory entries for one packed member."""
    whole = samples.zipped({"a.json": samples.osv_record(1)})
    directory, end = whole.rfind(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
    entry = whole[directory:end]
    entries = b"".join(entry.replace(b"a.json", b"%c.json" % (97 + number)) for number in range(20))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 20, 20, len(entries), directory, 0)
    with pytest.raises(LimitExceededError, match="overlap"):
        check(osv.FEED, file, whole[:directory] + entries + tail)


def test_a_directory_larger_than_the_file_is_not_read(file: Path) -> None:
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 0xFFFFFF00, 0, 0)
    with pytest.raises(LimitExceededError):
        check(osv.FEED, file, b"PK\x03\x04" + tail)


def test_a_member_that_understates_its_size_is_refused(file: Path) -> None:
    whole = bytearray(samples.zipped({"a.json": samples.osv_record(1)}))
    directory = whole.rfind(b"PK\x01\x02")
    whole[directory + 24 : directory + 28] = struct.pack("<L", 10)
    with pytest.raises(InvalidInputError):
        check(osv.FEED, file, bytes(whole))


@pytest.mark.parametrize("content", [b"PK\x05\x06" + b"\xff" * 18, b"PK\x05\x06" * 30, b"\0" * 5000])
def test_nonsense_is_an_error_of_ours(file: Path, content: bytes) -> None:
    with pytest.raises(SeawallError):
        check(osv.FEED, file, content)


def test_an_archive_is_read_one_member_at_a_time(file: Path) -> None:
    file.write_bytes(samples.osv(3))
    reading = members(file, lambda name: name.endswith("1.json"), LIMITS)
    name, content = next(reading)
    assert name == "PYSEC-2026-1.json"
    assert b'"PYSEC-2026-1"' in content
    assert next(reading, None) is None
