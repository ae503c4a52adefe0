"""Archives of CVE records (CVE JSON 5.x): Vulnrichment, or the whole CVE list.

Repositories of records hold other files too; a record is what is named `CVE-<year>-<number>.json`.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from seawall.remediation.feeds.interface import Checked, FileLimits
from seawall.remediation.feeds.records import check_records

RECORD_NAME: Final = re.compile(r"(?:.*/)?(CVE-\d{4}-\d{4,19})\.json", re.ASCII)


class _Metadata(msgspec.Struct, rename="camel"):
    cve_id: str
    date_updated: str = ""
    date_published: str = ""
    date_reserved: str = ""


class _Record(msgspec.Struct, rename="camel"):
    data_type: str
    cve_metadata: _Metadata


_DECODER: Final = msgspec.json.Decoder(_Record)


class CVEArchive:
    """Knows such an archive."""

    kind = "cve"

    def check(self, path: Path, now: datetime, limits: FileLimits) -> Checked:
        """See `Feed.check`."""

        def wanted(name: str) -> bool:
            return RECORD_NAME.fullmatch(name) is not None

        return check_records(path, now, limits, wanted=wanted, changed=_changed)


def _changed(name: str, content: bytes) -> str:
    record = _DECODER.decode(content)
    match = RECORD_NAME.fullmatch(name)
    if record.data_type != "CVE_RECORD" or match is None or record.cve_metadata.cve_id != match[1]:
        raise ValueError("it is no CVE record, or of another CVE than its name says")
    metadata = record.cve_metadata
    return metadata.date_updated or metadata.date_published or metadata.date_reserved


FEED: Final = CVEArchive()
