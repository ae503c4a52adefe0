from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.platform.sandbox import Bounds
from seawall.platform.sandbox.account import longest, read_account
from seawall.platform.sandbox.supervisor import Orders, pack, unpack

BOUNDS = Bounds(output_bytes=10, out_files=2)
GOOD = [b"exited", b"3", b"1500000", b"2000000", b"4096", b"1", b"out", b"err", pack([b"b", b"a\n"])]


@given(st.lists(st.binary(max_size=300)))
def test_fields_survive_the_way(fields):
    assert unpack(pack(fields)) == fields


@given(st.lists(st.binary(max_size=20), min_size=1), st.data())
def test_fields_that_end_early_are_noticed(fields, data):
    whole = pack(fields)
    ends = [len(pack(fields[:count])) for count in range(len(fields) + 1)]
    cut = data.draw(st.integers(0, len(whole) - 1).filter(lambda at: at not in ends))
    with pytest.raises(ValueError, match="end early"):
        unpack(whole[:cut])


def test_a_report_becomes_a_verdict():
    verdict = read_account(pack(GOOD), BOUNDS)
    assert verdict is not None
    assert (verdict.ended, verdict.code, verdict.cpu_seconds, verdict.wall_seconds) == ("exited", 3, 1.5, 2.0)
    assert (verdict.memory_bytes, verdict.truncated, verdict.stdout, verdict.stderr) == (4096, True, b"out", b"err")
    assert verdict.out_files == (r"a\x0a", "b")


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, b"reproduced"),
        (0, b"lost"),
        (0, b"\xff"),
        (1, b"x"),
        (2, b""),
        (6, b"x" * 11),
        (7, b"x" * 11),
        (8, pack([b"a", b"b", b"c"])),
        (8, b"\0\0\0\x09a"),
    ],
)
def test_a_report_that_does_not_fit_is_none(position, value):
    assert read_account(pack([*GOOD[:position], value, *GOOD[position + 1 :]]), BOUNDS) is None


@given(st.binary(max_size=200))
def test_noise_is_no_report(noise):
    assert read_account(noise, BOUNDS) is None


def test_a_missing_or_surplus_field_is_no_report():
    assert read_account(pack(GOOD[:-1]), BOUNDS) is None
    assert read_account(pack([*GOOD, b""]), BOUNDS) is None
    assert read_account(pack(GOOD)[:-1], BOUNDS) is None
    assert read_account(b"", BOUNDS) is None


def test_the_longest_report_has_room():
    names = pack([b"n" * 255] * BOUNDS.out_files)
    numbers = [b"memory_limit"] + [b"9" * 20] * 4 + [b"1"]
    assert len(pack([*numbers, b"o" * 10, b"e" * 10, names])) <= longest(BOUNDS)


@given(
    st.lists(st.binary(), min_size=1),
    st.dictionaries(st.binary(min_size=1).filter(lambda name: b"=" not in name), st.binary()),
)
def test_orders_survive_the_way(argv, env):
    numbers = {name: position for position, name in enumerate(Orders.NUMBERS)}
    data = Orders.to_bytes(nonce=b"n" * 16, numbers=numbers, argv=argv, env=env, out=b"/o", tmpfs=[b"/t"])
    orders = Orders(data)
    assert (orders.nonce, orders.number, orders.argv, orders.env) == (b"n" * 16, numbers, argv, env)
    assert (orders.out, orders.tmpfs) == (b"/o", [b"/t"])
