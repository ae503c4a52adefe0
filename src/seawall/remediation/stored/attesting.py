"""What the ledger is told about stored inventories: digests by which a change behind its back is found.

The chain from an event to what is on an asset: the event has the digest of the snapshot's body; the body has that of
its entries (`entries_digest`); that one covers the digest of each component's own bytes. Beside it stand the digests of
what no document says: the asset's properties, and the days first seen that were carried over from earlier snapshots.

Left out on purpose: what an index says about a version. It is computed, and `seawall inventory review --anew` computes
it again. No name of an asset or a component enters an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Final

import msgspec

from seawall.kernel.clock import rfc3339
from seawall.kernel.events import Event
from seawall.kernel.identifiers import derived_id
from seawall.remediation.model import Asset
from seawall.remediation.stored.snapshots import AddedInventory, KeptSnapshot, asset_id

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def properties_digest(asset: Asset) -> str:
    """SHA-256 of an asset's properties, in hex."""
    return sha256(_ENCODER.encode(asset)).hexdigest()


def days_digest(days: Mapping[str, date]) -> str:
    """SHA-256 of the days first seen that an asset carries over, in hex; empty where there are none."""
    return sha256(_ENCODER.encode(sorted(days.items()))).hexdigest() if days else ""


def entries_digest(packed: bytes, kinds: Iterable[bytes]) -> str:
    """SHA-256 of a snapshot's entries and of what they are, in hex.

    Args:
        packed: The entries as they are stored.
        kinds: The digest of each entry's kind, in the entries' order.
    """
    digest = sha256(packed)
    digest.update(b"".join(kinds))
    return digest.hexdigest()


def snapshot_subject(asset: str, document: str, taken_at: datetime) -> str:
    """Return `SWI-` and 16 hex digits: the name of a snapshot in events.

    Args:
        asset: The asset's id.
        document: SHA-256 of the document.
        taken_at: When the asset looked like that.
    """
    return derived_id("SWI", asset, document, rfc3339(taken_at))


def added_event(asset: Asset, kept: KeptSnapshot, result: AddedInventory, days: Mapping[str, date]) -> Event:
    """Return the event of a new snapshot.

    Args:
        asset: With its properties as they are now.
        kept: The snapshot.
        result: What adding it did.
        days: The days first seen that the asset carries over now.
    """
    snapshot, id_ = kept.snapshot, asset_id(asset.owner, asset.name)
    facts: dict[str, str | int | list[str]] = {
        "asset": id_,
        "number": snapshot.number,
        "document": snapshot.digest,
        "digest": kept.digest,
        "properties": properties_digest(asset),
        "carried": days_digest(days),
        "components": snapshot.components,
        "unreadable": len(snapshot.unreadable),
        "came": result.came,
        "went": result.went,
    }
    return Event("InventoryAdded", snapshot_subject(id_, snapshot.digest, snapshot.taken_at), snapshot.added_at, facts)


def described_event(asset: Asset, at: datetime) -> Event:
    """Return the event of new properties that came without a new snapshot."""
    facts: dict[str, str | int | list[str]] = {"properties": properties_digest(asset)}
    return Event("AssetDescribed", asset_id(asset.owner, asset.name), at, facts)
