"""Words, names and signatures."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.triage.text import PERMUTATIONS, names_of, signatures, similarity, words_of

WORDS = [f"word{letter}{other}" for letter in "abcdefghij" for other in "klmnopqrst"]


def test_words_are_stemmed_and_abbreviations_spelt_out() -> None:
    assert words_of("An attacker sends crafted packets") == words_of("the attackers send a crafted packet!")
    assert words_of("RCE via XSS") == words_of("remote code execution by cross-site scripting") - {"by"}
    assert words_of("CVE-2024-1234 in 1.2.3") == frozenset()


def test_names_of_code() -> None:
    text = "`run` calls parse_header() and defaultsDeep of HttpParser in src/loader.py, see GitHub and e.g. 1.2.0"
    assert names_of(text) == {"parse_header", "defaultsdeep", "httpparser", "loader.py"}


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.randoms())
def test_order_and_repeats_do_not_matter(words: list[str], shuffle: random.Random) -> None:
    again = [*words, *words[:3]]
    shuffle.shuffle(again)
    (one, other) = signatures([words_of(" ".join(words)), words_of(" ".join(again))])
    assert one == other
    assert len(one) == PERMUTATIONS


def test_signatures_are_the_same_on_every_machine() -> None:
    (signature,) = signatures([frozenset({"buffer", "overflow", "indent", "encoder", "stack", "segmentation"})])
    assert signature[:8].hex() == PINNED


@pytest.mark.parametrize("shared", [0, 25, 50, 75, 100])
def test_similarity_estimates_jaccard(shared: int) -> None:
    """100 words each, `shared` of them in both: the mean over trials is close to what both have of what either has."""
    draw = random.Random(shared)
    estimates = []
    for _ in range(40):
        pool = [f"w{draw.randrange(10**9)}" for _ in range(200 - shared)]
        one, other = frozenset(pool[:100]), frozenset(pool[100 - shared :][:100])
        estimates.append(similarity(*signatures([one, other])))
    assert sum(estimates) / len(estimates) == pytest.approx(shared / (200 - shared), abs=0.03)


def test_no_text_resembles_nothing() -> None:
    (empty,) = signatures([frozenset()])
    assert empty == b""
    assert similarity(empty, empty) == 0


PINNED = "9f5dd7f8b4ac7561"
