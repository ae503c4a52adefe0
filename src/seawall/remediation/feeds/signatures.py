"""The port for OpenPGP signatures of CSAF documents.

No adapter is shipped: it needs an OpenPGP library (pysequoia). Without one every result says that signatures were not
checked; digests and TLS still were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

NOT_CHECKED = "OpenPGP signatures were not checked: no OpenPGP library is installed"


class SignatureChecker(Protocol):
    """Checks detached signatures."""

    def check(self, document: bytes, signature: bytes, keys: Sequence[bytes]) -> None:
        """Return if the signature is one of these keys' over the document.

        Args:
            document: The bytes as they were fetched.
            signature: Detached, ASCII-armoured.
            keys: Certificates as the provider publishes them.

        Raises:
            ValueError: It is not.
        """
        ...
