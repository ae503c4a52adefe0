"""A small operator's world: records of every source about things that exist nowhere else, and one inventory a format.

Whoever is named here has the hole, in every format: what differs is how the inventory tells it. Beside each affected
thing stands the same one in a version that is mended, so that a check that calls everything affected fails too.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

JINJA = "CVE-2024-1001"
"""On PyPI, told by two databases under two names; known exploited, automatable, total: 3DF where strangers reach it."""
LODASH = "CVE-2024-1002"
"""On npm; an EPSS score, nothing else: 60 days."""
OPENSSL = "CVE-2024-1003"
"""In Debian 12, by its source package."""
BUSYBOX = "CVE-2024-1004"
"""In Alpine 3.19, by its origin."""
ROCKY = "CVE-2024-1005"
"""In Rocky Linux 9, with an epoch."""
GATE = "CVE-2024-1006"
"""An appliance, in a CVE record with a CPE; SSVC points: not automatable, partial."""
PUMP = "CVE-2024-1007"
"""An OT product, in a CSAF advisory."""
GATE_CPE = "cpe:2.3:a:acme:securegate:{}:*:*:*:*:*:*:*"
_PUBLISHED = "2024-01-02T00:00:00Z"


def osv(name: str, ecosystem: str, package: str, *events: dict[str, str], **members: Any) -> dict[str, Any]:
    """Return an OSV record with one range."""
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": members.pop("type", "ECOSYSTEM"), "events": list(events)}],
    }
    return {
        "schema_version": "1.6.0",
        "id": name,
        "summary": f"A hole in {package}",
        "published": _PUBLISHED,
        "modified": _PUBLISHED,
        "affected": [affected],
        **members,
    }


def below(fixed: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the events of everything below a release."""
    return {"introduced": "0"}, {"fixed": fixed}


def cve(
    name: str, vendor: str, product: str, below_: str, *, updated: str, cpe: str = "", **points: str
) -> dict[str, Any]:
    """Return a CVE record; `points` are SSVC's, with underscores for blanks."""
    versions = [{"version": "0", "lessThan": below_, "status": "affected", "versionType": "custom"}]
    affected: dict[str, Any] = {"vendor": vendor, "product": product, "versions": versions}
    affected |= {"defaultStatus": "unaffected"} | ({"cpes": [cpe]} if cpe else {})
    options = [{key.replace("_", " ").title(): value} for key, value in points.items()]
    ssvc = {"type": "ssvc", "content": {"timestamp": _PUBLISHED, "id": name, "options": options}}
    adp = {
        "providerMetadata": {"orgId": "x", "shortName": "CISA-ADP", "dateUpdated": updated},
        "metrics": [{"other": ssvc}],
    }
    return {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {"cveId": name, "state": "PUBLISHED", "datePublished": _PUBLISHED, "dateUpdated": updated},
        "containers": {
            "cna": {
                "providerMetadata": {"orgId": "y", "shortName": "acme", "dateUpdated": updated},
                "title": f"A hole in {product}",
                "descriptions": [{"lang": "en", "value": f"A hole in {product}."}],
                "affected": [affected],
            },
            "adp": [adp] if points else [],
        },
    }


def csaf(updated: str) -> dict[str, Any]:
    """Return an advisory about a pump."""
    leaf = {
        "category": "product_version_range",
        "name": "<V4.2",
        "product": {"product_id": "P1", "name": "Acme Infusion Pump <V4.2"},
    }
    model = {"category": "product_name", "name": "Infusion Pump", "branches": [leaf]}
    remedy = {"category": "vendor_fix", "details": "Update the pump to V4.2.", "product_ids": ["P1"]}
    return {
        "document": {
            "csaf_version": "2.0",
            "category": "csaf_security_advisory",
            "title": "Acme Infusion Pump",
            "publisher": {"category": "vendor", "name": "Acme", "namespace": "https://acme.example"},
            "tracking": {
                "id": "ACME-24-001",
                "status": "final",
                "version": "1",
                "initial_release_date": _PUBLISHED,
                "current_release_date": updated,
                "revision_history": [],
            },
        },
        "product_tree": {"branches": [{"category": "vendor", "name": "Acme", "branches": [model]}]},
        "vulnerabilities": [{"cve": PUMP, "product_status": {"known_affected": ["P1"]}, "remediations": [remedy]}],
    }


def kev(day: str, *names: str) -> dict[str, Any]:
    """Return CISA's catalogue with some entries."""
    entries = [
        {
            "cveID": name,
            "vendorProject": "Acme",
            "product": "Thing",
            "vulnerabilityName": "A hole",
            "dateAdded": "2024-02-01",
            "shortDescription": "A hole.",
            "requiredAction": "Mend it.",
            "dueDate": "2024-02-22",
            "knownRansomwareCampaignUse": "Unknown",
            "notes": "",
            "cwes": [],
        }
        for name in names
    ]
    return {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": day[:10].replace("-", "."),
        "dateReleased": day,
        "count": len(entries),
        "vulnerabilities": entries,
    }


def write_feeds(folder: Path, *, age: int = 0) -> Path:
    """Write a folder as `seawall feeds sync` fills it, whose data are some days old."""
    day = (datetime.now(UTC) - timedelta(days=age)).strftime("%Y-%m-%dT00:00:00Z")
    fresh = {"modified": day}
    documents: dict[str, object] = {
        "osv/PyPI/1.json": osv("PYSEC-2024-1", "PyPI", "jinja2", *below("3.1.4"), aliases=[JINJA], **fresh),
        "osv/PyPI/2.json": osv("GHSA-2222-3333-4444", "PyPI", "Jinja2", *below("3.1.4"), aliases=[JINJA], **fresh),
        "osv/npm/1.json": osv(
            "GHSA-5555-6666-7777", "npm", "lodash", *below("4.17.21"), aliases=[LODASH], type="SEMVER"
        ),
        "osv/Debian/1.json": osv(f"DEBIAN-{OPENSSL}", "Debian:12", "openssl", *below("3.0.14-1"), upstream=[OPENSSL]),
        "osv/Alpine/1.json": osv(
            f"ALPINE-{BUSYBOX}", "Alpine:v3.19", "busybox", *below("1.36.1-r16"), upstream=[BUSYBOX]
        ),
        "osv/Rocky/1.json": osv("RLSA-2024:1", "Rocky Linux:9", "openssl", *below("1:3.0.7-28.el9"), aliases=[ROCKY]),
        "cve/1.json": cve(JINJA, "Pallets", "Jinja", "3.1.4", updated=day, automatable="yes", technical_impact="total"),
        "cve/2.json": cve(
            GATE,
            "Acme",
            "SecureGate",
            "9.2",
            updated=day,
            cpe=GATE_CPE.format("*"),
            automatable="no",
            technical_impact="partial",
        ),
        "csaf/1.json": csaf(day),
        "kev/known_exploited_vulnerabilities.json": kev(day, JINJA),
    }
    for name, document in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    (folder / "epss").mkdir(exist_ok=True)
    (folder / "epss" / f"epss_scores-{day[:10]}.csv").write_text(
        f"#model_version:v2025.03.14,score_date:{day[:10]}T00:00:00+0000\ncve,epss,percentile\n{LODASH},0.93,0.99\n"
    )
    return folder


# --- inventories


@dataclass(frozen=True, slots=True)
class Listed:
    """An inventory in one format, and what is to be found in it."""

    file: str
    content: bytes
    found: frozenset[tuple[str, str]]
    """Vulnerability and the component's version."""
    distro: str = ""
    silent: int = 0
    """Components that could not be compared."""


def _listed(file: str, content: bytes | str, *found: tuple[str, str], distro: str = "", silent: int = 0) -> Listed:
    return Listed(file, content.encode() if isinstance(content, str) else content, frozenset(found), distro, silent)


def cyclonedx(*components: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a CycloneDX document."""
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": list(components), **members}


def part(purl: str, **members: Any) -> dict[str, Any]:
    """Return a component of CycloneDX, known by its package URL."""
    name, _, version = purl.partition("?")[0].rpartition("@")
    return {
        "type": "library",
        "name": name.rpartition("/")[2],
        "version": version,
        "bom-ref": purl,
        "purl": purl,
        **members,
    }


_GATE_PART = {
    "type": "application",
    "bom-ref": "gate",
    "name": "SecureGate",
    "version": "9.1",
    "supplier": {"name": "Acme"},
}
_DEB = "pkg:deb/debian/{}?arch=amd64&distro=debian-12&upstream=openssl"
_SPDX = (
    {"SPDXID": "a", "name": "jinja2", "versionInfo": "3.1.3", "externalRefs": ["pkg:pypi/jinja2@3.1.3"]},
    {"SPDXID": "b", "name": "jinja2", "versionInfo": "3.1.4", "externalRefs": ["pkg:pypi/jinja2@3.1.4"]},
    {"SPDXID": "c", "name": "SecureGate", "versionInfo": "9.1", "supplier": "Organization: Acme"},
)
_ROWS = (
    ("asset", "vendor", "product", "version", "exposure", "owner", "purl"),
    ("pump-7", "Acme", "Infusion Pump", "4.1", "no", "Biomed", ""),
    ("pump-8", "Acme", "Infusion Pump", "4.2", "no", "Biomed", ""),
    ("edge", "Acme", "SecureGate", "9.1", "yes", "IT", ""),
    ("portal", "", "", "", "yes", "IT", "pkg:pypi/jinja2@3.1.3"),
)
_GATES = (("SecureGate", "9.1", "Acme"), ("SecureGate", "9.2", "Acme"))


def _purl_reference(purl: str) -> dict[str, str]:
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}


def _spdx_json() -> str:
    packages = [
        {**package, "externalRefs": [_purl_reference(str(purl)) for purl in package.get("externalRefs", [])]}
        for package in _SPDX
    ]
    return json.dumps({"spdxVersion": "SPDX-2.3", "name": "portal", "packages": packages})


def _spdx_tags() -> str:
    lines = ["SPDXVersion: SPDX-2.3", "DocumentName: portal"]
    for package in _SPDX:
        lines += ["", f"PackageName: {package['name']}", f"SPDXID: SPDXRef-{package['SPDXID']}"]
        lines += [f"PackageVersion: {package['versionInfo']}"]
        lines += [f"PackageSupplier: {package['supplier']}"] if "supplier" in package else []
        lines += [f"ExternalRef: PACKAGE-MANAGER purl {purl}" for purl in package.get("externalRefs", [])]
    return "\n".join(lines) + "\n"


def _spdx3() -> str:
    graph: list[dict[str, Any]] = [
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"},
        {"type": "software_Package", "spdxId": "u:a", "name": "jinja2", "software_packageUrl": "pkg:pypi/jinja2@3.1.3"},
        {"type": "software_Package", "spdxId": "u:b", "name": "jinja2", "software_packageUrl": "pkg:pypi/jinja2@3.1.4"},
    ]
    return json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})


def _cyclonedx_xml() -> str:
    parts = "".join(
        f'<component type="library" bom-ref="{number}"><name>jinja2</name><version>{version}</version>'
        f"<purl>pkg:pypi/jinja2@{version}</purl></component>"
        for number, version in enumerate(("3.1.3", "3.1.4"))
    )
    return f'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>{parts}</components></bom>'


def workbook(*rows: tuple[str, ...]) -> bytes:
    """Return a workbook with one sheet of texts."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for place, text in enumerate(row)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        '<Relationship Id="rId1" Type="x" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


_ASSETS_FOUND = ((PUMP, "4.1"), (GATE, "9.1"), (JINJA, "3.1.3"))
_WINGET = """Name                ID                Version   Available Source
---------------------------------------------------------------
SecureGate          Acme.SecureGate   9.1       9.2       winget
"""
LISTS = {
    "cyclonedx-json": _listed(
        "portal.cdx.json",
        json.dumps(
            cyclonedx(
                part("pkg:pypi/Jinja2@3.1.3"),
                part("pkg:pypi/jinja2@3.1.4"),
                part("pkg:npm/lodash@4.17.20", components=[part(_DEB.format("libssl3@3.0.11-1"))]),
                part(_DEB.format("libssl3@3.0.14-1")),
                _GATE_PART,
                part("pkg:cargo/serde@1.0.0"),
            )
        ),
        (JINJA, "3.1.3"),
        (LODASH, "4.17.20"),
        (OPENSSL, "3.0.11-1"),
        (GATE, "9.1"),
        silent=1,
    ),
    "cyclonedx-xml": _listed("portal.xml", _cyclonedx_xml(), (JINJA, "3.1.3")),
    "spdx-json": _listed("portal.spdx.json", _spdx_json(), (JINJA, "3.1.3"), (GATE, "9.1")),
    "spdx-tag-value": _listed("portal.spdx", _spdx_tags(), (JINJA, "3.1.3"), (GATE, "9.1")),
    "spdx3-json": _listed("portal.spdx3.json", _spdx3(), (JINJA, "3.1.3")),
    "requirements": _listed("requirements.txt", "Jinja2==3.1.3\nflask==3.0\n", (JINJA, "3.1.3")),
    "npm-lock": _listed(
        "package-lock.json",
        json.dumps(
            {
                "name": "portal",
                "version": "1.0.0",
                "lockfileVersion": 3,
                "packages": {
                    "node_modules/lodash": {"version": "4.17.21"},
                    "node_modules/a/node_modules/lodash": {"version": "4.17.20"},
                },
            }
        ),
        (LODASH, "4.17.20"),
    ),
    "dpkg-query": _listed(
        "packages.txt",
        "libssl3\t3.0.11-1\tamd64\topenssl\t3.0.11-1\nadduser\t3.134\tall\tadduser\t3.134\n",
        (OPENSSL, "3.0.11-1"),
        distro="debian-12",
    ),
    "dpkg-list": _listed(
        "dpkg.txt",
        "Desired=Unknown/Install/Remove/Purge/Hold\n||/ Name            Version      Architecture Description\n"
        "+++-===============-============-============-===========================\n"
        "ii  openssl         3.0.11-1     amd64        Secure Sockets\n"
        "ii  bash            5.2.15       amd64        Shell\n",
        (OPENSSL, "3.0.11-1"),
        distro="debian-12",
    ),
    "dpkg-status": _listed(
        "status",
        "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl (3.0.11-1)\n"
        "Version: 3.0.11-1+b1\n\nPackage: openssl\nStatus: deinstall ok config-files\nVersion: 1.0-1\n\n",
        (OPENSSL, "3.0.11-1+b1"),
        distro="debian-12",
    ),
    "rpm": _listed(
        "rpm.txt",
        "openssl-libs\t1\t3.0.7\t27.el9\tx86_64\topenssl-3.0.7-27.el9.src.rpm\n"
        "bash\t(none)\t5.1.8\t9.el9\tx86_64\tbash-5.1.8-9.el9.src.rpm\n",
        (ROCKY, "3.0.7-27.el9"),
        distro="rocky-9.3",
    ),
    "apk-list": _listed(
        "apk.txt",
        "ssl_client-1.36.1-r15 x86_64 {busybox} (GPL-2.0-only) [installed]\n"
        "busybox-1.36.1-r16 x86_64 {busybox} (GPL-2.0-only) [installed]\n",
        (BUSYBOX, "1.36.1-r15"),
        distro="alpine-3.19.1",
    ),
    "apk-database": _listed(
        "installed",
        "C:Q1abc=\nP:ssl_client\nV:1.36.1-r15\nA:x86_64\no:busybox\n\nC:Q1d=\nP:busybox\nV:1.36.1-r16\nA:x86_64\no:busybox\n\n",
        (BUSYBOX, "1.36.1-r15"),
        distro="alpine-3.19.1",
    ),
    "csv": _listed("assets.csv", "\r\n".join(",".join(row) for row in _ROWS).encode("utf-16"), *_ASSETS_FOUND),
    "xlsx": _listed("assets.xlsx", workbook(*_ROWS), *_ASSETS_FOUND),
    "program-json": _listed(
        "programs.json",
        json.dumps([dict(zip(("DisplayName", "DisplayVersion", "Publisher"), row, strict=True)) for row in _GATES]),
        (GATE, "9.1"),
    ),
    "winget-export": _listed(
        "winget.json",
        json.dumps({"Sources": [{"Packages": [{"PackageIdentifier": "Acme.SecureGate", "Version": "9.1"}]}]}),
        (GATE, "9.1"),
    ),
    "winget-list": _listed("winget.txt", _WINGET, (GATE, "9.1")),
}
"""One inventory for each format."""
