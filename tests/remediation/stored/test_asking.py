"""A store that is asked for the bounds of a range misses no version that the range holds or leaves in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import VersionRange, version_key
from seawall.remediation.stored.asking import bounds_of, judge
from seawall.remediation.stored.snapshots import PackageVersion

_VERSIONS = (
    *("16.0.5", "V16 Update 5", "V16", "17.02", "S17.02", "S16.9", "C.02", "K", "Rev. L", "Build 77", "77"),
    *("2023-04-20", "20230420", "2.0 beta 1", "3.0 SP1", "3.0.1", "2020 R1", "2020.1", "6.6.3", "6.6 HF2", "0.0"),
)
_TEXT = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["<", "<=", ">", ">=", ""]), st.sampled_from(_VERSIONS)),
    st.builds(">={}|<{}".format, st.sampled_from(_VERSIONS), st.sampled_from(_VERSIONS)),
    st.sampled_from(["<= 6.6.*", "vers:all/*", "n/a"]),
)


@given(_TEXT, st.sampled_from(_VERSIONS))
def test_whatever_is_affected_or_in_doubt_is_within_the_bounds(text: str, installed: str) -> None:
    range_ = VersionRange.from_text("generic", text)
    key = version_key("generic", installed)
    verdict = judge(PackageVersion("product/x", "generic", installed, key), range_)
    spans, listed = bounds_of(range_, "generic")
    within = installed in listed or any(low <= key and (high is None or key < high) for low, high in spans)
    assert within or verdict is None


@pytest.mark.parametrize(("text", "installed"), [("<17.02", "9.1"), ("<S17.02", "S17.02"), ("<V16 Update 6", "17.1")])
def test_what_is_decided_is_no_doubt(text: str, installed: str) -> None:
    range_ = VersionRange.from_text("generic", text)
    verdict = judge(PackageVersion("product/x", "generic", installed, version_key("generic", installed)), range_)
    assert verdict is None or verdict[0]
