"""The laws that each layer keeps, on which order-independence rests; see `layers.interface`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from tests.triage.triage_cases import finding, findings

from seawall.intake import Finding
from seawall.triage.layers import HINTS, LAYERS, MatchLayer, Standing
from seawall.triage.matching import compare
from seawall.triage.profile import Profile, profiles_of
from seawall.triage.weaknesses import families_of, inferred_family

EACH_LAYER = pytest.mark.parametrize("layer", [*LAYERS, HINTS], ids=lambda layer: layer.layer.value)
MERGING = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.layer.value)


@EACH_LAYER
@settings(max_examples=60, deadline=None)
@given(findings(least=6))
def test_comparing_is_symmetric(layer: MatchLayer, made: list[Finding]) -> None:
    profiles = profiles_of(made)
    for left in profiles:
        for right in profiles:
            assert layer.compare(left, right) == layer.compare(right, left)
            assert compare(left, right) == compare(right, left)
            assert layer.inputs(left, right).keys() == layer.inputs(right, left).keys()


@MERGING
@settings(max_examples=60, deadline=None)
@given(findings(least=6))
def test_whatever_would_merge_is_found_by_keys(layer: MatchLayer, made: list[Finding]) -> None:
    profiles = profiles_of(made)
    for left in profiles:
        for right in profiles:
            link = layer.compare(left, right)
            if link is not None and link.standing is not Standing.HINT:
                assert set(layer.probed(left)) & set(layer.written(right))


@MERGING
@settings(max_examples=60, deadline=None)
@given(findings(least=6))
def test_findings_with_one_facet_link_to_the_same(layer: MatchLayer, made: list[Finding]) -> None:
    """Only then may one entry in the index stand for both."""
    profiles = profiles_of(made)
    for one in profiles:
        for twin in profiles:
            if layer.facet(one) != layer.facet(twin) or not _joins(layer, one, twin):
                continue
            for other in profiles:
                assert _joins(layer, one, other) == _joins(layer, twin, other)


@settings(max_examples=60, deadline=None)
@given(findings())
def test_profiles_survive_storage(made: list[Finding]) -> None:
    for profile in profiles_of(made):
        assert Profile.from_bytes(profile.to_bytes()) == profile


@MERGING
@settings(max_examples=60, deadline=None)
@given(findings())
def test_keys_fit_a_signed_column(layer: MatchLayer, made: list[Finding]) -> None:
    for profile in profiles_of(made):
        assert all(0 <= key < 1 << 63 for key in (*layer.written(profile), *layer.probed(profile)))


def test_entry_points_are_followed_through_the_set_up() -> None:
    made = finding(1, call="$pool.request")
    assert made.evidence is not None
    step = {"as": "pool", "call": "net:Pool"}
    assert _entry(replace(made, evidence=replace(made.evidence, setup=(step,)))) == "net:Pool.request"
    itself = {"as": "pool", "call": "$pool.x"}
    assert _entry(replace(made, evidence=replace(made.evidence, setup=(itself,)))) == ""


def test_families_meet() -> None:
    assert families_of(["CWE-121"]) == families_of(["CWE-787"])
    assert families_of(["CWE-89"]) != families_of(["CWE-79"])
    assert inferred_family("Reflected XSS in search") == (79,)
    assert inferred_family("XSS that leads to SQL injection") == ()
    assert inferred_family("Something is slow") == ()


def _entry(made: Finding) -> str:
    (profile,) = profiles_of([made])
    return profile.entry


def _joins(layer: MatchLayer, one: Profile, other: Profile) -> bool:
    link = layer.compare(one, other)
    return link is not None and link.standing is not Standing.HINT
