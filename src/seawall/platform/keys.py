"""Ed25519 keys on disk: the private half readable by its owner alone, made on first use."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from seawall.kernel.errors import IntegrityError


class SigningKey:
    """An Ed25519 key pair."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def load_or_create(cls, path: Path) -> SigningKey:
        """Read the key at `path` (PKCS #8 PEM), or make one there with mode 0600 and its public half beside it.

        Raises:
            IntegrityError: The file holds no Ed25519 key (`keys.unreadable`).
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = Ed25519PrivateKey.generate()
            part = path.with_name(f".{path.name}.{os.getpid()}")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(
                    key.private_bytes(
                        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                    )
                )
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, path)  # never replaces a key that another process made meanwhile
            except FileExistsError:
                pass
            finally:
                part.unlink()
        try:
            key_read = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise _unreadable(path) from error
        if not isinstance(key_read, Ed25519PrivateKey):
            raise _unreadable(path)
        signing = cls(key_read)
        public = path.with_suffix(".pub")
        if not public.exists():
            public.write_bytes(signing.public.to_pem())
        return signing

    @property
    def public(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self._private.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._private.sign(message)


class VerifyingKey:
    """The public half of an Ed25519 key pair."""

    def __init__(self, public: Ed25519PublicKey) -> None:
        self._public = public

    @classmethod
    def load(cls, path: Path) -> VerifyingKey:
        """Read a PEM public key.

        Raises:
            IntegrityError: The file holds no Ed25519 key (`keys.unreadable`).
        """
        try:
            public = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise _unreadable(path) from error
        if not isinstance(public, Ed25519PublicKey):
            raise _unreadable(path)
        return cls(public)

    def to_pem(self) -> bytes:
        """Return SubjectPublicKeyInfo in PEM."""
        return self._public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def to_raw(self) -> bytes:
        """Return the 32 bytes of the key."""
        return self._public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check a signature.

        Raises:
            IntegrityError: It is not this key's over this message (`keys.bad-signature`).
        """
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            raise IntegrityError(
                "keys.bad-signature",
                "the signature does not fit the message",
                remedy="Fetch the document and the public key again from a source that you trust.",
            ) from None


def _unreadable(path: Path) -> IntegrityError:
    return IntegrityError(
        "keys.unreadable", f"{path} holds no Ed25519 key in PEM", remedy="Restore the key file from a backup."
    )
