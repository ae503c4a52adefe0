from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seawall.validation.evidence import Archive, ArchiveEntry, Call, Draw, InputEvidence, ScriptEvidence, substitute

DRAWS = st.binary(min_size=16, max_size=16).map(lambda body: Draw(body.hex(), body[::-1].hex()))
NAMES = ("@@CANARY@@", "@@TOKEN@@", "@@SECRET@@")
PIECES = st.sampled_from([*NAMES, "@@", "@", "CANARY", "TOKEN", "CAN", "ARY@@", "x", "é"])
TEXT = st.lists(PIECES, max_size=12).map("".join)
VALUES = st.recursive(
    TEXT | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def leftover(value: object) -> bool:
    return any(name in repr(value) for name in NAMES)


@given(TEXT, DRAWS)
def test_no_placeholder_is_left_and_none_forms(text: str, draw: Draw) -> None:
    filled = draw.fill(text)
    assert not leftover(filled)
    assert draw.fill(filled) == filled
    assert draw.fill_bytes(text.encode()) == filled.encode()


@given(VALUES, TEXT, DRAWS)
def test_every_part_of_evidence_is_filled(value: object, text: str, draw: Draw) -> None:
    evidence = InputEvidence(
        Call("victim:x", (value,), {"key": value}),
        (Call("victim:y", (value,)),),
        files={"a": text.encode()},
        archives=(Archive("b.zip", "zip", (ArchiveEntry(text, value, "symlink", text),)),),
    )
    assert not leftover(substitute(evidence, draw))


def test_binary_files_stay_as_they_are() -> None:
    draw = Draw("0" * 32, "1" * 32)
    assert draw.fill_bytes(b"\xff@@TOKEN@@") == b"\xff@@TOKEN@@"
    assert substitute(ScriptEvidence("p", {"p": b"@@TOKEN@@"}), draw).files == {"p": b"0" * 32}


def test_each_run_draws_its_own_values() -> None:
    counter = iter(range(100))
    first, second = (Draw.fresh(lambda size: bytes([next(counter)] * size)) for _ in range(2))
    assert len({first.token, first.secret, second.token, second.secret}) == 4
    assert first.canary == f"/w/out/{first.token}"
