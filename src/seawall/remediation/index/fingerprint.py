"""What rows of an index depend on beside their documents: the code that compiled them.

Rows are carried from an earlier index into a new one only if the very same code would compile them. Whoever changes an
ordering of versions need not remember to raise a number.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Final

_COMPILERS: Final = (
    ("seawall.kernel", ("identifiers.py", "purl.py")),
    ("seawall.kernel.versions", ()),
    ("seawall.priority", ("model.py",)),
    ("seawall.priority.feeds", ()),
    ("seawall.remediation", ("distributions.py", "model.py", "names.py")),
    ("seawall.remediation.index", ("compile.py", "folding.py", "schema.py", "staging.py", "writing.py")),
    ("seawall.remediation.records", ()),
)
"""Packages and the files of them that count; none named: all."""


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return 16 hex digits that change with the code that turns documents into rows."""
    digest = sha256()
    for package, names in _COMPILERS:
        for file in sorted(resources.files(package).iterdir(), key=lambda found: found.name):
            if file.name.endswith(".py") and (not names or file.name in names):
                digest.update(f"{package}/{file.name}\n".encode())
                digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
