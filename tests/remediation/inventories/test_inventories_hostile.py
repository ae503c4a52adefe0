"""Input that wants to eat time or memory, and documents from the future: a clear error, or a counted skip."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError
from seawall.kernel.limits import GIB, MIB, Limits
from seawall.remediation.inventories import FORMATS, parse_inventory, read_inventory

BOM = 'xmlns="http://cyclonedx.org/schema/bom/1.5"'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def code_of(data: bytes, **more: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data, **more)
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.parametrize(
    "prolog",
    [
        f'<!DOCTYPE bom [<!ENTITY l0 "lol">{LAUGHS}]>',
        '<!DOCTYPE bom SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE bom [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        "<!DOCTYPE bom>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(prolog: str, encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>{prolog}<bom {BOM}><components>&l9;</components></bom>"
    assert code_of(text.encode(encoding)) == "remediation.hostile-xml"


def test_xml_nests_only_so_deep() -> None:
    deep = f"<bom {BOM}>" + "<components><component>" * 100_000
    assert code_of(deep.encode()) == "remediation.too-large"


def test_an_unknown_encoding_of_xml_is_refused() -> None:
    text = f"<?xml version='1.0' encoding='made-up'?><bom {BOM}/>"
    assert code_of(text.encode()) == "remediation.unreadable-inventory"


ONE = b'{"type":"library","name":"a","version":"1","bom-ref":"x","purl":"pkg:npm/a@1"}'


def repeated(times: int) -> bytes:
    return b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":[' + b",".join([ONE] * times) + b"]}"


def test_a_million_components_with_one_reference_take_bounded_time() -> None:
    data = repeated(1_000_000)
    began = time.process_time()
    inventory = parse_inventory(data)
    assert time.process_time() - began < 20
    assert len(inventory.components) == 1
    assert inventory.notes == ("entries that repeat an earlier one: 999,999, the first 'x'; each was taken once",)


def test_components_with_one_reference_take_bounded_memory() -> None:
    data = repeated(50_000)
    tracemalloc.start()
    inventory = parse_inventory(data)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(inventory.components) == 1
    assert held < MIB
    assert peak < 2 * len(data)


def test_a_million_unreadable_components_are_counted() -> None:
    bad = b'{"purl":"x","bom-ref":"%d"}'
    data = b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":['
    data += b",".join(bad % n for n in range(20_000)) + b"]}"
    inventory = parse_inventory(data)
    assert len(inventory.unreadable) == 10_001
    assert inventory.unreadable[-1] == "10,000 more components could not be read"
    same = data.replace(b'"bom-ref":"', b'"bom-ref":"y","was":"')
    assert parse_inventory(same).unreadable[0].startswith("y: ")
    assert parse_inventory(same).notes[0].startswith("entries that repeat an earlier one: 19,999")


def test_a_gigabyte_is_refused_by_its_size_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b'{"bomFormat":"')
        file.truncate(GIB)
    tracemalloc.start()
    with pytest.raises(LimitExceededError):
        read_inventory(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MIB


class Endless(io.RawIOBase):
    """A string that never ends."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "an endless stream must be read in pieces"
        self.given += size
        return b"a" * size


def test_an_endless_stream_ends_at_the_limit() -> None:
    stream = Endless()
    with pytest.raises(LimitExceededError) as caught:
        read_inventory(stream, Limits(bytes=8 * MIB), name="stdin")  # type: ignore[arg-type]
    assert caught.value.code == "remediation.too-large"
    assert stream.given < 10 * MIB


def test_a_stream_that_breaks_is_an_error_with_a_remedy() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UnavailableError, match="stdin"):
        read_inventory(Broken(), name="stdin")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"%s","version":"1"}]}' % (b"a" * 5000),
        f"<bom {BOM}><components><component><name>{'a' * 5000}</name><version>1</version></component></components>"
        "</bom>".encode(),
        b"name,product,version\na,%s,1\n" % (b"b" * 5000),
    ],
)
def test_a_name_that_is_none_is_not_kept(data: bytes) -> None:
    inventory = parse_inventory(data)
    assert inventory.components == ()
    assert "longer than 4,096 characters" in inventory.unreadable[0]
    assert len(inventory.unreadable[0]) < 400


def test_long_lines_and_texts_are_bounded() -> None:
    limits = Limits(string_bytes=10_000)
    assert code_of(b"django==4.2\n" * 50 + b"x" * 20_000, limits=limits) == "remediation.too-large"
    text = f"<bom {BOM}><components><component><name>{'a' * 20_000}</name></component></components></bom>"
    assert code_of(text.encode(), limits=limits) == "remediation.too-large"


def test_dates_in_the_future_say_nothing_about_components() -> None:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "metadata": {"timestamp": "9999-12-31T23:59:59Z"},
        "components": [{"name": "a", "version": "1", "purl": "pkg:npm/a@1"}],
    }
    assert len(parse_inventory(json.dumps(document).encode()).components) == 1


@pytest.mark.parametrize(
    "data",
    [
        b'{"bomFormat":"CycloneDX","specVersion":"2.0","components":[]}',
        b'{"specVersion":"2.0","bomFormat":"CycloneDX","components":7}',
        b'<bom xmlns="http://cyclonedx.org/schema/bom/2.0"/>',
        b'{"spdxVersion":"SPDX-2.9","packages":[]}',
        b"SPDXVersion: SPDX-2.9\nPackageName: x\n",
        b'{"@context":"https://spdx.org/rdf/4.0.0/spdx-context.jsonld","@graph":[]}',
        b'{"lockfileVersion":9,"packages":{}}',
    ],
)
def test_a_format_of_a_newer_version_is_called_so(data: bytes) -> None:
    code = code_of(data)
    assert code in {"remediation.unsupported-inventory", "remediation.unreadable-inventory"}
    if b'components":7' not in data:
        assert code == "remediation.unsupported-inventory"


SAMPLES = {
    "cyclonedx-json": b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"purl":"pkg:npm/a@1"}]}',
    "cyclonedx-xml": f"<bom {BOM}><components><component><purl>pkg:npm/a@1</purl></component></components>"
    "</bom>".encode(),
    "spdx-json": b'{"spdxVersion":"SPDX-2.3","packages":[{"name":"a","versionInfo":"1"}]}',
    "spdx-tag-value": b"SPDXVersion: SPDX-2.3\nPackageName: a\nPackageVersion: 1\n",
    "spdx3-json": b'{"@graph":[{"type":"software_Package","name":"a","software_packageVersion":"1"},'
    b'{"type":"CreationInfo","specVersion":"3.0.1"}]}',
    "requirements": b"a==1\n",
    "npm-lock": b'{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1"}}}',
    "dpkg-query": b"aa\t1\tall\taa\t1\n",
    "dpkg-list": b"ii  aa  1  all  text\n",
    "dpkg-status": b"Package: a\nStatus: install ok installed\nVersion: 1\n",
    "rpm": b"a-1-1.noarch\n",
    "apk-list": b"a-1-r1 x86_64 {a} (MIT) [installed]\n",
    "apk-database": b"C:Q1\nP:a\nV:1-r1\n",
    "csv": b"name,product,version\na,b,1\n",
    "program-json": b'[{"DisplayName":"a","DisplayVersion":"1"}]',
    "winget-export": b'{"Sources":[{"Packages":[{"PackageIdentifier":"a.b","Version":"1"}]}]}',
    "winget-list": b"Name  Id   Version\n" + b"-" * 30 + b"\na     a.b  1\n",
}


@pytest.mark.parametrize("format_id", SAMPLES)
def test_each_format_is_told_by_its_content_and_may_be_asked_for(format_id: str) -> None:
    told = parse_inventory(SAMPLES[format_id])
    assert len(told.components) == 1
    assert told == parse_inventory(SAMPLES[format_id], format_id=format_id)


def test_no_format_is_without_a_sample() -> None:
    assert {format_.id for format_ in FORMATS} - {"xlsx"} == set(SAMPLES)
    assert code_of(b"x", format_id="made-up") == "remediation.unknown-format"


BREAKERS = b'"', b"{", b"\x00", b"\xff"


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_whatever_is_broken_ends_in_a_clear_error_or_an_inventory(format_id: str, data: st.DataObject) -> None:
    sample = bytearray(SAMPLES[format_id])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(sample)))
        length = data.draw(st.integers(0, 4))
        sample[place : place + length] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"{", b"\x00", b"\xff"])
        )
    for asked in (format_id, ""):
        try:
            inventory = parse_inventory(bytes(sample), format_id=asked)
        except InvalidInputError as error:
            codes = {error.code}
        else:
            codes = set()
            assert all(part.purl is not None or (part.name or part.cpe) for part in inventory.components)
            assert all((part.purl.version if part.purl else part.version) for part in inventory.components)
        assert all(code.startswith("remediation.") for code in codes)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_comes_ends_in_a_clear_error_or_an_inventory(data: bytes) -> None:
    for format_ in FORMATS:
        with contextlib.suppress(InvalidInputError):
            assert parse_inventory(data, format_id=format_.id).digest


BLOCKED = "fcntl", "resource", "pwd", "grp", "termios", "pty"


def test_it_reads_where_only_windows_modules_exist(tmp_path: Path) -> None:
    for format_id, sample in SAMPLES.items():
        (tmp_path / format_id).write_bytes(sample)
    program = (
        "import sys\n"
        f"for name in {BLOCKED!r}: sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from seawall.remediation.inventories import read_inventory\n"
        "import seawall.remediation.inventories.xlsx_table\n"
        "for path in Path(sys.argv[1]).iterdir(): assert read_inventory(path).components, path\n"
        "heavy = {'sqlalchemy', 'httpx', 'rich', 'jinja2', 'cryptography', 'seawall.advisories'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)


def test_reading_json_needs_no_other_reader() -> None:
    program = (
        "import sys\n"
        "from seawall.remediation.inventories import parse_inventory\n"
        f"parse_inventory({SAMPLES['cyclonedx-json']!r})\n"
        "print(*sorted(m for m in sys.modules if m in ('csv', 'zipfile', 'pyexpat')"
        " or m.startswith('seawall.remediation.inventories.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True, text=True)
    loaded = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert "cyclonedx_json" in loaded
    assert loaded.isdisjoint({"csv", "pyexpat", "tables", "spdx", "dpkg", "workbook", "detect_text"})
