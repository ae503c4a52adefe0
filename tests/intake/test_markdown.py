from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.intake.conftest import ReadAll, Refusal

from seawall.intake.formats.markdown_labels import VersionClaim, leading_identifiers, place_in, versions_in
from seawall.intake.formats.markdown_text import take_apart
from seawall.intake.model import AffectedProduct, Finding


@pytest.fixture
def one(read_all: ReadAll) -> Callable[..., Finding]:
    def run(text: str, product: str = "") -> Finding:
        kind, (finding,) = read_all(text, product)
        assert kind == "markdown"
        return finding

    return run


def test_the_example(one: Callable[..., Finding], fixture: Callable[[str], bytes]) -> None:
    finding = one(fixture("report.md").decode())
    assert finding.title == "FullLoader runs code: a way around the fix"
    assert finding.identifiers == ("CVE-2020-14343",)
    assert finding.extra["mentions"] == ["CVE-1999-0001", "CVE-2020-1747"]
    assert finding.extra["reviewed-by"] == "nobody yet"
    assert finding.weaknesses == ("CWE-20",)
    assert finding.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)
    assert finding.products == (AffectedProduct("pkg:pypi/pyyaml", (("introduced", "5.1"), ("fixed", "5.4"))),)
    assert (finding.location.path, finding.location.line) == ("yaml/constructor.py", 570)
    assert finding.location.symbol == "FullConstructor.find_python_name"
    assert finding.references == ("https://github.com/yaml/pyyaml/issues/420",)
    evidence = finding.evidence
    assert evidence is not None
    assert evidence.files == {"input.yml": b"- CVE: CVE-1999-0001\n"}
    assert evidence.oracle == {"kind": "canary"}
    assert evidence.fixed_version == "5.4"


@pytest.mark.parametrize(
    "text",
    [
        "# A bug\n\n**CVE**: CVE-2024-1234\n",
        "# A bug\n\n- **CVE ID:** CVE-2024-1234\n",
        "# A bug\n\n| CVE | CVE-2024-1234 |\n",
        "# A bug\n\nCVE: [CVE-2024-1234](https://example.com/x)\n",
        "# A bug\n\n* Identifiers: `cve-2024-1234`\n",
        "# CVE-2024-1234: a bug\n",
        "# [CVE-2024-1234] - a bug\n",
        "---\ncve: CVE-2024-1234\n---\n# A bug\n",
        "---\ncves: [CVE-2024-1234]\n---\n# A bug\n",
        "A bug\n=====\n\nCVE: CVE-2024-1234 (an incomplete fix of CVE-2020-9999)\n",
    ],
)
def test_labelled_identifiers_count(one: Callable[..., Finding], text: str) -> None:
    assert one(text).identifiers == ("CVE-2024-1234",)


@pytest.mark.parametrize(
    "text",
    [
        "# A bug like CVE-2024-1234\n",
        "# Bypass of CVE-2024-1234: again\n",
        "# A bug\n\nThis is CVE-2024-1234 all over again.\n",
        "# A bug\n\n- Related CVE: CVE-2024-1234\n",
        "# A bug\n\nCVE: none yet, similar to CVE-2024-1234\n",
        "# A bug\n\n```\nCVE: CVE-2024-1234\n```\n",
        "# A bug\n\n~~~~\n```\nCVE: CVE-2024-1234\n~~~\n~~~~\n",
        "# A bug\n\n## References\n- https://nvd.nist.gov/vuln/detail/CVE-2024-1234\n",
    ],
)
def test_mentions_are_hints_and_no_identifiers(one: Callable[..., Finding], text: str) -> None:
    finding = one(text)
    assert finding.identifiers == ()
    assert finding.extra["mentions"] == ["CVE-2024-1234"]


@pytest.mark.parametrize(
    ("text", "purl"),
    [
        ("Package: lodash\nEcosystem: npm\nVersion: 4.17.11\n", "pkg:npm/lodash@4.17.11"),
        ("Package: lodash (npm)\nAffected versions: <= 4.17.11\n", "pkg:npm/lodash@4.17.11"),
        ("Package: npm/@scope/pkg\n", "pkg:npm/%40scope/pkg"),
        ("**Component:** `PyPI: PyYAML`\n", "pkg:pypi/pyyaml"),
        ("Library: lodash@4.17.11\nPackage manager: npm\n", "pkg:npm/lodash@4.17.11"),
        ("Product: pkg:pypi/PyYAML@5.3.1\n", "pkg:pypi/pyyaml@5.3.1"),
        ("Package: lodash\n", ""),
        ("Package: the npm library lodash\nEcosystem: npm\n", ""),
        ("It is in pkg:pypi/other@1, I think.\n", ""),
    ],
)
def test_packages_are_found_or_left_alone(one: Callable[..., Finding], text: str, purl: str) -> None:
    assert one("# A bug\n\n" + text).purl == purl


def test_the_submitters_product_stands_in_and_words_are_kept(one: Callable[..., Finding]) -> None:
    finding = one("# A bug\n\nPackage: lodash\nVersion: the last one\n", "pkg:npm/lodash@1")
    assert finding.purl == "pkg:npm/lodash@1"
    assert finding.extra["said_package"] == ["lodash"]
    assert finding.extra["said_version"] == ["the last one"]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("5.3.1", VersionClaim("5.3.1")),
        ("`v5.3.1`", VersionClaim("5.3.1")),
        ("<= 5.3.1", VersionClaim("5.3.1", (("introduced", "0"), ("last_affected", "5.3.1")))),
        (">= 5.1, < 5.4", VersionClaim("", (("introduced", "5.1"), ("fixed", "5.4")))),
        ("5.1 - 5.3.1", VersionClaim("5.3.1", (("introduced", "5.1"), ("last_affected", "5.3.1")))),
        ("5.1 \u2013 5.3.1", VersionClaim("5.3.1", (("introduced", "5.1"), ("last_affected", "5.3.1")))),
        ("before 5.4", VersionClaim("", (("introduced", "0"), ("fixed", "5.4")))),
        ("up to and including 5.3.1", VersionClaim("5.3.1", (("introduced", "0"), ("last_affected", "5.3.1")))),
        ("all of them", VersionClaim()),
    ],
)
def test_sentences_about_versions(text: str, claim: VersionClaim) -> None:
    assert versions_in(text) == claim


def test_identifiers_lead_a_value() -> None:
    assert leading_identifiers("CVE-2024-1234, GHSA-xvch-5gv4-984h and CVE-2024-1235 or CVE-2020-1") == [
        "CVE-2024-1234",
        "GHSA-xvch-5gv4-984h",
        "CVE-2024-1235",
    ]
    assert leading_identifiers("see CVE-2024-1234") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("`src/a.py:12`", ("src/a.py", 12)),
        ("src/a.py#L12", ("src/a.py", 12)),
        ("src/a.py, line 12", ("src/a.py", 12)),
        ("/src/a.py", ("src/a.py", 0)),
        ("somewhere in the parser", ("", 0)),
    ],
)
def test_places(text: str, place: tuple[str, int]) -> None:
    assert place_in(text) == place


def test_a_report_wrapped_in_a_fence_is_unwrapped(one: Callable[..., Finding]) -> None:
    finding = one("Sure, here is the report:\n\n```markdown\n# A bug\n\nCVE: CVE-2024-1234\n```\n")
    assert finding.title == "A bug"
    assert finding.identifiers == ("CVE-2024-1234",)


def test_labels_alone_make_a_report(one: Callable[..., Finding], refusal: Refusal) -> None:
    assert one("Title: A bug\nPackage: x\nCVE: CVE-2024-1234\n\nWords.\n").title == "A bug"
    assert refusal("Dear all,\nnote: the meeting is off.\n").code == "intake.unknown-format"


def test_windows_line_ends_and_front_matter(one: Callable[..., Finding]) -> None:
    finding = one("---\r\ntitle: A bug\r\nversion: 1.10\r\npackage: a (npm)\r\n---\r\n\r\nText.\r\n")
    assert finding.title == "A bug"
    assert finding.purl == "pkg:npm/a@1.10"


def test_a_fenced_seawall_report_is_taken_whole(one: Callable[..., Finding]) -> None:
    finding = one(
        "# Around it\n\nWords.\n\n```yaml\nseawall_report: '1.0'\nproduct: pkg:npm/a@1\n"
        "evidence: {oracle: crash, fixed_version: 1.10}\n```\n"
    )
    assert finding.title == "Around it"
    assert finding.description.startswith("Words.")
    assert finding.purl == "pkg:npm/a@1"
    assert finding.evidence is not None
    assert finding.evidence.fixed_version == "1.10"


def test_front_matter_may_be_a_whole_seawall_report(one: Callable[..., Finding], refusal: Refusal) -> None:
    text = (
        "---\nseawall_report: '1.0'\ntitle: A bug\nevidence:\n  oracle: crash\n  files: {a.txt: hello}\n---\n\n"
        "The story.\n"
    )
    finding = one(text)
    assert finding.description == "The story."
    assert finding.evidence is not None
    assert finding.evidence.files == {"a.txt": b"hello"}
    assert refusal(text.replace("'1.0'", "'7'")).code == "intake.wrong-version"


def test_bad_evidence_is_an_error_and_other_code_is_not(one: Callable[..., Finding], refusal: Refusal) -> None:
    assert refusal("---\ntitle: t\nevidence: {oracle: [x]}\n---\nx\n").code == "intake.schema-mismatch"
    assert one("# t\n\n```yaml\noracle: [\n```\n").evidence is None
    assert one("# t\n\n```python\nprint('oracle')\n```\n").evidence is None


def test_only_files_that_the_evidence_uses_are_taken(one: Callable[..., Finding]) -> None:
    finding = one(
        "# t\n\n```python title=poc.py\nprint(1)\n```\n\n```c file=other.c\nx\n```\n\n"
        "```yaml\noracle: canary\nscript: poc.py\nkind: script\n```\n"
    )
    assert finding.evidence is not None
    assert finding.evidence.files == {"poc.py": b"print(1)\n"}


def test_a_yaml_bomb_in_front_matter_is_refused(refusal: Refusal) -> None:
    rungs = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for lower, upper in zip("abcdefg", "bcdefgh", strict=True):
        rungs.append(f"{upper}: &{upper} [{', '.join([f'*{lower}'] * 9)}]")
    assert refusal("---\n" + "\n".join(rungs) + "\n---\n# t\n").code == "intake.yaml-bomb"


def test_an_open_fence_ends_with_the_text() -> None:
    page = take_apart("# t\n\n```python\nprint(1)\n# not a heading")
    assert page.title == "t"
    assert page.blocks[0].text == "print(1)\n# not a heading\n"


@pytest.mark.parametrize(
    "piece", ["a: | ", "|", "```\n", "# ", "**", "[", "a:", "- ", "\n---\n", "CVE-", "~~~", "x\n=\n", "http://", "_ "]
)
def test_hostile_repetition_takes_linear_time(read_all: ReadAll, piece: str) -> None:
    text = "# t\n" + piece * (400_000 // len(piece))
    start = time.perf_counter()
    read_all(text)
    assert time.perf_counter() - start < 5


def test_extra_is_plain_data(one: Callable[..., Finding]) -> None:
    finding = one("---\ntitle: t\nanything: {a: [1, {b: null}]}\n---\n")
    value: Any = finding.extra["anything"]
    assert value == {"a": ["1", {"b": None}]}
