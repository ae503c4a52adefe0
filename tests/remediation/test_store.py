"""The store on both dialects: how it is asked, what the large table holds, and what SIGKILL leaves behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from seawall.kernel.purl import parse_purl
from seawall.platform.database import METADATA, Database
from seawall.platform.ledger.store import entries as ledger_entries
from seawall.platform.units import Units
from seawall.remediation.model import Asset, Component, Vulnerability
from seawall.remediation.store import SQLInventories, SQLMatches, remediation_units
from seawall.remediation.stored.asking import new_kind
from seawall.remediation.stored.snapshots import Entry, KnownMatch, NewKind, PackageVersion, Snapshot, StoredAsset

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
DAY = date(2026, 11, 21)
KILLS = 8
CHILD = """
import sys
sys.path.insert(0, sys.argv[2])
from tests.remediation.test_store import add_all
add_all(sys.argv[1])
"""


def purl(text: str) -> Component:
    return Component(parse_purl(text), "")


def test_a_kind_is_stored_once_and_found_again(database: Database) -> None:
    django, lodash = purl("pkg:pypi/django@4.2"), purl("pkg:npm/lodash@4.17.20")
    with database.begin() as connection:
        store = SQLInventories(connection)
        first = store.add_kinds([new_kind(django)])
        again = store.add_kinds([new_kind(django), new_kind(lodash)])
        assert again[django] == first[django]
        assert store.known_kinds([django, lodash, purl("pkg:pypi/flask@1")]) == again
        kinds = store.kinds(again.values())
        assert kinds[again[lodash]].kind == lodash
        assert len(kinds[again[lodash]].versions) == 1


def test_kinds_of_one_source_package_share_its_version(database: Database) -> None:
    one, other = (
        purl("pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12"),
        purl("pkg:deb/debian/openssl@3.0.1-1?distro=debian-12"),
    )
    source = PackageVersion("deb/debian:12/openssl", "Debian:12", "3.0.1-1", b"3")
    with database.begin() as connection:
        store = SQLInventories(connection)
        keys = store.add_kinds([NewKind(one, (source,)), NewKind(other, (source,))])
        assert len({store.kinds(keys.values())[key].versions for key in keys.values()}) == 1
        assets = [store.save_asset(StoredAsset(Asset(name, "no", "me"))) for name in "ab"]
        store.change_installed({(keys[one], assets[0].key), (keys[other], assets[1].key)}, ())
        (version,) = store.kinds(keys.values())[keys[one]].versions
        kinds = store.looked_up_as([version])
        assert kinds.keys() == set(keys.values())
        assert store.installed(kinds) == [("me", "a", keys[one]), ("me", "b", keys[other])]


def test_the_large_table_follows_what_comes_and_goes(database: Database) -> None:
    with database.begin() as connection:
        store = SQLInventories(connection)
        store.change_installed({(1, 1), (2, 1), (3, 7)}, ())
        store.change_installed({(1, 1), (4, 1)}, {(2, 1), (9, 9)})
        rows = connection.execute(sa.text("SELECT kind_id, asset_id FROM inventory_installed ORDER BY 1, 2")).all()
        assert [tuple(row) for row in rows] == [(1, 1), (3, 7), (4, 1)]


def test_snapshots_keep_order_refs_and_days(database: Database) -> None:
    with database.begin() as connection:
        store = SQLInventories(connection)
        one, other = sorted(store.add_kinds([new_kind(purl(f"pkg:npm/y@{number}")) for number in (1, 2)]).values())
        made = [Entry(other, DAY, "b"), Entry(one, date(2026, 1, 1), ""), Entry(other, DAY, "ä/\x00")]
        asset = store.save_asset(StoredAsset(Asset("pump", "yes", "me", "ward")))
        kept = store.add_snapshot(Snapshot(asset.key, 1, "d" * 64, "test", AT, AT, "Kim", 3, ("row 7: torn",)), made)
        assert store.entries(asset.key, 1) == made
        assert store.snapshots(asset.key) == [kept.snapshot] == [store.snapshot(asset.key, 1)]
        assert store.snapshot(asset.key, 2) is None
        assert store.entries(asset.key, 2) == []
        assert store.asset("me", "pump") == asset
        assert store.asset("you", "pump") is None


def test_versions_are_found_by_span_by_list_and_without_a_key(database: Database) -> None:
    versions = [
        PackageVersion("x/y", "npm", text, key) for text, key in (("1", b"1"), ("2", b"2"), ("3", b"3"), ("?", None))
    ]
    with database.begin() as connection:
        SQLInventories(connection).add_kinds([NewKind(purl(f"pkg:npm/y@{v.version}"), (v,)) for v in versions])
        store = SQLMatches(connection)

        def found(*spans: tuple[bytes, bytes | None], listed: tuple[str, ...] = ()) -> set[str]:
            return {each.version for each in store.versions_within("x/y", spans, listed)}

        assert found() == {"?"}
        assert found((b"1", b"3")) == {"1", "2", "?"}
        assert found((b"2", None), listed=("1",)) == {"1", "2", "3", "?"}
        assert found(*[(b"%03d" % n, b"%03d" % n) for n in range(200)]) >= {"?"}
        assert store.versions_within("x/z", [(b"", None)], ()) == []


def test_what_is_known_is_replaced_and_found_by_any_name(database: Database) -> None:
    version = PackageVersion("x/y", "npm", "1", b"1")
    hole = Vulnerability("CVE-1", ("CVE-1", "GHSA-1"), "hole")
    match = KnownMatch(hole, certain=True, words="below 2", found_at=AT, fixed=("2",))
    with database.begin() as connection:
        SQLInventories(connection).add_kinds([NewKind(purl("pkg:npm/y@1"), (version,))])
        store = SQLMatches(connection)
        (waiting,) = store.unmatched(10)
        store.set_matches({waiting.key: (match,)}, AT)
        assert store.unmatched(10) == []
        assert store.matches([waiting.key]) == {waiting.key: (match,)}
        assert store.packages_with(["GHSA-1"]) == {"x/y"} == store.packages_with(["CVE-1", "CVE-9"])
        assert store.packages_with(["CVE-9"]) == set()
        store.set_matches({waiting.key: ()}, AT)
        assert store.matches([waiting.key]) == {}


def test_the_question_of_an_advisory_reads_keys_alone(tmp_path: Path) -> None:
    """No step of it may walk through a table: ten million rows would pass."""
    database = Database(f"sqlite:///{tmp_path / 'plan.sqlite'}")
    METADATA.create_all(database.engine)
    with database.begin() as connection:
        statement = (
            "SELECT a.owner, a.name, i.kind_id FROM inventory_installed i "
            "JOIN inventory_asset a ON a.id = i.asset_id WHERE i.kind_id IN (1, 2, 3)"
        )
        steps = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    database.close()
    assert steps
    assert all(step.startswith("SEARCH") for step in steps), steps


def add_all(home: str) -> None:
    """What the child process of the next test does: adds thirty inventories, each in its own transaction."""
    from tests.remediation.stored_cases import RecordIndex, inventory, new  # noqa: PLC0415

    from seawall.kernel.clock import SystemClock  # noqa: PLC0415 - for the child
    from seawall.platform.blobs import FolderBlobStore  # noqa: PLC0415
    from seawall.platform.keys import SigningKey  # noqa: PLC0415
    from seawall.platform.ledger.store import Ledger  # noqa: PLC0415
    from seawall.remediation.service import InventoryService  # noqa: PLC0415

    database = Database(f"sqlite:///{home}/seawall.sqlite")
    METADATA.create_all(database.engine)
    units = Units(database, Ledger("test.example/ledger", SigningKey.load_or_create(Path(home) / "ledger.key")))
    blobs = FolderBlobStore(Path(home) / "blobs")
    service = InventoryService(remediation_units(units), blobs, SystemClock(), index=RecordIndex())
    for number in range(30):
        purls = [f"pkg:pypi/p{(number + n) % 40}@{number % 3}.0" for n in range(10)]
        service.add(new(inventory(*purls, name=f"asset-{number}")))


@pytest.mark.slow
def test_sigkill_at_random_points_loses_and_repeats_nothing(tmp_path: Path) -> None:
    chance = random.Random(9)
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", CHILD, str(tmp_path), root]
    for _ in range(KILLS):
        with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": root}) as child:
            time.sleep(chance.uniform(0.6, 1.6))
            child.send_signal(signal.SIGKILL)
    subprocess.run(command, check=True, timeout=120, env=os.environ | {"PYTHONPATH": root})
    database = Database(f"sqlite:///{tmp_path / 'seawall.sqlite'}")
    with database.read() as connection:
        store = SQLInventories(connection)
        held = {
            (entry.kind, asset.key) for asset in store.assets() for entry in store.entries(asset.key, asset.snapshot)
        }
        rows = connection.execute(sa.text("SELECT kind_id, asset_id FROM inventory_installed")).all()
        names = [msgspec.json.decode(body)["subject"] for _, body in ledger_entries(connection)]
        assets = store.assets()
    database.close()
    assert {tuple(row) for row in rows} == held
    assert len(held) == 300
    assert [asset.snapshot for asset in assets] == [1] * 30
    assert Counter(names).most_common(1)[0][1] == 1
    assert len(names) == 30
