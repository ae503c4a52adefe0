"""Signed checkpoints: what the ledger's owner vouches for, in the C2SP `tlog-checkpoint` and `signed-note` formats.

A checkpoint is text: origin, size, root in base64, an empty line, and one Ed25519 signature line. Anyone who keeps one
can later show that the ledger was rewritten.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from seawall.kernel.errors import IntegrityError
from seawall.platform.keys import SigningKey, VerifyingKey

_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of the ledger at some moment."""

    origin: str
    """Unique name of the ledger; one line, no `+` and no spaces."""
    size: int
    """Entries."""
    root: bytes

    def sign(self, key: SigningKey) -> str:
        """Return the signed note."""
        text = f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
        signature = _key_hash(self.origin, key.public) + key.sign(text.encode())
        return f"{text}\n— {self.origin} {base64.b64encode(signature).decode()}\n"


def open_checkpoint(note: str, key: VerifyingKey) -> Checkpoint:
    """Read a signed note and check its signature.

    Raises:
        IntegrityError: Malformed, of another key, or changed (`ledger.bad-checkpoint`, `keys.bad-signature`).
    """
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        name, encoded = next(line[2:].split(" ") for line in signatures.split("\n") if line.startswith("— "))
        signature = base64.b64decode(encoded, validate=True)
    except (IndexError, ValueError, StopIteration, binascii.Error):
        raise _bad("it is not a signed checkpoint") from None
    if name != origin or signature[:4] != _key_hash(origin, key) or str(size) != lines[1]:
        raise _bad("it was signed by another key")
    key.verify(signature[4:], f"{text}\n".encode())
    return Checkpoint(origin, size, root)


def _key_hash(name: str, key: VerifyingKey) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + key.to_raw()).digest()[:4]


def _bad(why: str) -> IntegrityError:
    return IntegrityError(
        "ledger.bad-checkpoint",
        f"a checkpoint cannot be trusted: {why}",
        remedy="Compare with a checkpoint that you kept elsewhere, and restore the database from a backup.",
    )
