"""Crash signatures as a layer of merging: what joins, what is asked, and a flood with known truth."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.triage.triage_cases import finding

from seawall.intake import Evidence, Finding
from seawall.kernel.testing import FixedClock
from seawall.triage import Layer, TriageService
from seawall.triage.layers.crashes import CrashLayer
from seawall.triage.layers.interface import Standing
from seawall.triage.matching import compare
from seawall.triage.profile import Profile, profiles_of
from seawall.triage.testing import FakeTriage

CLOCK = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
KINDS = {
    "heap-buffer-overflow": "heap-buffer-overflow",
    "heap-use-after-free": "use-after-free",
    "stack-buffer-overflow": "stack-buffer-overflow",
    "SEGV": "segv",
}
STACK = ("decode_tile", "decode_row", "decode_image", "load_file")


def asan(
    frames: tuple[str, ...] = STACK, kind: str = "heap-buffer-overflow", access: str = "READ", base: int = 64
) -> str:
    """A report of AddressSanitizer; addresses and lines depend on `base`."""
    lines = [
        f"=={base}==ERROR: AddressSanitizer: {kind} on address 0x{base:x}",
        f"{access} of size 4 at 0x{base:x} thread T0",
        *(
            f"    #{at} 0x{base + 16 * at:x} in {name} /src/x/{name[:4]}.c:{base % 97 + at}:3"
            for at, name in enumerate(frames)
        ),
    ]
    return "\n".join(lines)


def crash(number: int, text: str, **fields: Any) -> Finding:
    return finding(number, title="", description=text, **fields)


def pair(one: Finding, other: Finding) -> tuple[Profile, Profile]:
    left, right = profiles_of([one, other])
    return left, right


def standing(one: Finding, other: Finding) -> Standing | None:
    link = CrashLayer().compare(*pair(one, other))
    return link and link.standing


def test_the_same_crash_elsewhere_in_the_file_is_joined() -> None:
    assert standing(crash(1, asan()), crash(2, asan(base=4711, access="WRITE"))) is Standing.MERGES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (asan(kind="heap-use-after-free"), Standing.HINT),
        (asan(("decode_tile", "decode_strip", "decode_image", "load_file")), Standing.HINT),
        (asan(("memcpy", "other", "another")), None),
        (asan(("decode_tile",)), Standing.HINT),
        ("no trace", None),
    ],
)
def test_other_crashes_are_not_joined(text: str, expected: Standing | None) -> None:
    assert standing(crash(1, asan()), crash(2, text)) is expected


def test_common_top_frames_join_nothing() -> None:
    one, other = (
        asan(("__asan_memcpy", "std::copy<int>(int)", *rest, "LLVMFuzzerTestOneInput", "fuzzer::Run()"))
        for rest in (("read_name", "parse"), ("read_size", "parse"))
    )
    assert standing(crash(1, one), crash(2, other)) is not Standing.MERGES


def test_one_function_is_too_little_to_join() -> None:
    assert standing(crash(1, asan(("parse",))), crash(2, asan(("memcpy", "parse", "main")))) is Standing.HINT


def test_another_product_is_another_crash() -> None:
    assert standing(crash(1, asan()), crash(2, asan(), purl="pkg:pypi/other")) is None


def test_the_trace_may_stand_in_the_evidence() -> None:
    log = Evidence("input", {"kind": "crash"}, files={"asan.log": asan().encode(), "poc.bin": b"#0 \xff"})
    told = Evidence("input", {"kind": "crash"}, extra={"trace": asan(base=99)})
    one, other = finding(1, title="", evidence=log), finding(2, title="", evidence=told)
    assert standing(one, other) is Standing.MERGES


def test_different_identifiers_outweigh_a_crash() -> None:
    one, other = crash(1, asan(), identifiers=("CVE-2024-0001",)), crash(2, asan(), identifiers=("CVE-2024-0002",))
    link = compare(*pair(one, other))
    assert link is not None
    assert link.standing is Standing.BLOCKED


def test_one_entry_point_does_not_join_two_crashes_by_way_of_a_third_report() -> None:
    say = "The decoder reads past the end of a buffer. "
    made = [
        crash(1, say + asan(), call="samplelib:load", weaknesses=("CWE-125",)),
        crash(2, say + asan(("read_name", "read_head", "load_file")), call="samplelib:load", weaknesses=("CWE-125",)),
        crash(3, say * 2, call="samplelib:load", weaknesses=("CWE-125",)),
    ]
    for order in (made, made[::-1], [made[1], made[2], made[0]]):
        cases = clusters(order, 1)
        assert cases == frozenset({frozenset({each.id}) for each in made})


def test_a_merge_names_both_signatures_and_can_be_taken_back() -> None:
    fake = FakeTriage()
    service = TriageService(fake.open, CLOCK)
    fake.findings.add([crash(1, asan()), crash(2, asan(base=5, access="WRITE"))])
    service.triage_pending()
    (case,) = service.cases()
    (decision,) = service.explain(case.id).decisions
    assert decision.layer is Layer.CRASH
    assert decision.rule == "triage.crash/1"
    assert "READ in decode_tile < decode_row < decode_image" in decision.inputs["left signature"]
    assert "WRITE in decode_tile" in decision.inputs["right signature"]
    service.split(case.id, [case.findings[1]], "ada", "another field of the header")
    assert service.count() == 2


def test_profiles_from_before_crashes_are_read() -> None:
    (profile,) = profiles_of([crash(1, "plain words")])
    import msgspec  # noqa: PLC0415 - only to make what an older version wrote

    older = msgspec.msgpack.encode(msgspec.msgpack.decode(profile.to_bytes())[:-1])
    assert Profile.from_bytes(older) == profile


@pytest.mark.parametrize(("size", "batch", "call"), [(2000, 500, ""), (800, 400, "imgfuzz:decode")])
def test_a_flood_of_crashes_becomes_as_many_cases_as_there_are_bugs(size: int, batch: int, call: str) -> None:
    made, truth = flood(random.Random(20_261_121), size, call)
    assert clusters(made, batch) == truth


def clusters(made: list[Finding], batch: int) -> frozenset[frozenset[str]]:
    fake = FakeTriage()
    service = TriageService(fake.open, CLOCK)
    for start in range(0, len(made), batch):
        fake.findings.add(made[start : start + batch])
        while service.triage_pending(batch).findings:
            pass
    found: dict[int, set[str]] = defaultdict(set)
    for member in fake.cases.by_number.values():
        found[member.case].add(member.finding)
    return frozenset(map(frozenset, found.values()))


def flood(chance: random.Random, size: int, call: str) -> tuple[list[Finding], frozenset[frozenset[str]]]:
    """Reports of 40 bugs of one library, many of which share callers, and pairs of which share all but the type."""
    verbs, nouns = (
        ("read", "parse", "copy", "merge", "emit"),
        ("tile", "row", "palette", "chunk", "name", "box", "crc", "icc"),
    )
    bugs: list[tuple[str, list[str]]] = []
    for at, (verb, noun) in enumerate((verb, noun) for verb in verbs for noun in nouns):
        kinds = list(KINDS)
        names = [
            f"img::(anonymous namespace)::{verb}_{noun}",
            f"img::{verb}_block_{at // 2}",
            f"img::Decoder::{verb}",
            "img::Decoder::Run",
            "img::decode",
        ]
        if at % 8 == 7:  # the same stack as the bug before, another type
            bugs.append((kinds[(kinds.index(bugs[-1][0]) + 1) % len(kinds)], list(bugs[-1][1])))
        else:
            bugs.append((kinds[at % len(kinds)], names))
    made: list[Finding] = []
    truth: dict[int, set[str]] = defaultdict(set)
    for number in range(1, size + 1):
        bug = number % len(bugs)
        kind, names = bugs[bug]
        each = crash(
            number, _report(chance, kind, names), weaknesses=chance.choice([(), ("CWE-125",), ("CWE-787",)]), call=call
        )
        each = replace(each, products=(replace(each.products[0], purl=f"pkg:generic/imglib@1.{chance.randrange(9)}"),))
        made.append(each)
        truth[bug].add(each.id)
    chance.shuffle(made)
    return made, frozenset(map(frozenset, truth.values()))


def _report(chance: random.Random, kind: str, names: list[str]) -> str:
    """One report: other addresses, lines, template arguments, helpers inlined or not, allocators, harnesses."""
    base, drift = chance.randrange(1 << 20, 1 << 46), chance.randrange(400)
    top = chance.choice(
        [
            [],
            ["__asan_memcpy"],
            ["__interceptor_memmove"],
            ["je_free"],
            ["operator delete(void*)"],
            ["std::__1::copy<char*>(char*)"],
        ]
    )
    tail = chance.choice(
        [
            ["LLVMFuzzerTestOneInput", "fuzzer::Fuzzer::ExecuteCallback(unsigned char const*, unsigned long)", "main"],
            ["main", "__libc_start_main"],
        ]
    )
    listed = [(name, base + 64 * at) for at, name in enumerate([*top, *names, *tail])]
    inlining = chance.randrange(3)
    place = len(top)
    if inlining == 1:  # the symboliser knows what was inlined: two lines, one address
        listed[place] = (listed[place][0], listed[place + 1][1])
    elif inlining == 2:  # it does not: only the caller is seen
        del listed[place]
    lines = [
        f"=={chance.randrange(99999)}==ERROR: AddressSanitizer: {kind} on address 0x{base:x} at pc 0x{base + 1:x}",
        f"{chance.choice(['READ', 'WRITE'])} of size {chance.choice([1, 4, 8])} at 0x{base:x} thread T0",
    ]
    for at, (name, address) in enumerate(listed):
        written = name
        if name.startswith("img::"):
            written = chance.choice(
                [
                    f"{name}({chance.choice(['int', 'Tile<4> const&'])})",
                    f"void {name}<{chance.choice(['u8, 3', 'A<B<int>>'])}>(char*) const",
                ]
            )
        where = chance.choice(
            [
                f"/src/img/a.cc:{at * 40 + drift}:{chance.randrange(80)}",
                f"../../img/a.cc:{at * 40 + drift}",
                f"(/out/fuzz+0x{address & 0xFFFFFF:x})",
            ]
        )
        lines.append(f"    #{at} 0x{address:x} in {written} {where}")
    story = chance.choice(["Found by fuzzing.", "The decoder crashes on the attached file.", ""])
    return "\n".join([story, *lines, f"SUMMARY: AddressSanitizer: {kind} a.cc in x"])
