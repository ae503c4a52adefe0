"""RFC 9162 trees: known answers, and laws against the definition written out."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.platform.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_inclusion,
)

ENTRIES = st.lists(st.binary(max_size=8), max_size=70)


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, by its own words."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


def test_known_answers() -> None:
    # Root hashes of the seven-entry tree that Certificate Transparency implementations share as test vectors.
    entries = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    leaves = [leaf_hash(entry) for entry in entries]
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert Frontier().extend(leaves[:2]).root().hex() == (
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    )
    assert Frontier().extend(leaves).root().hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"


@given(ENTRIES, st.integers(0, 70))
def test_growing_in_parts_gives_the_root_of_the_definition(entries: list[bytes], at: int) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    grown = Frontier.from_bytes(Frontier().extend(leaves[:at]).to_bytes()).extend(leaves[at:])
    assert grown.root() == definition(entries)
    assert grown.size == len(entries)


@given(ENTRIES.filter(bool), st.data())
def test_inclusion_is_proven_for_the_entry_and_for_no_other(entries: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = Frontier().extend(leaves).root(), inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, len(leaves), proof, root)
    assert not verify_inclusion(leaf_hash(b"another entry"), index, len(leaves), proof, root)
    assert not verify_inclusion(leaves[index], index, len(leaves), (*proof, root), root)
    assert not verify_inclusion(leaves[index], len(leaves), len(leaves), proof, root)


def test_a_leaf_is_no_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_frontier_of_the_wrong_size_is_refused() -> None:
    broken = Frontier().extend([leaf_hash(b"a")]).to_bytes()[:-1]
    with pytest.raises(ValueError, match="do not fit"):
        Frontier.from_bytes(broken)
