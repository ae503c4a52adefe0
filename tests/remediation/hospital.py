"""A rural hospital: real products and vulnerabilities, decided by the real policy."""

from __future__ import annotations

from datetime import UTC, date, datetime

from seawall.kernel.purl import parse_purl
from seawall.priority import ClockInputs, Decision, Point, Signal, decide, exposure_signals, load_policy
from seawall.remediation.model import (
    Asset,
    CheckResult,
    Component,
    Confidence,
    Exposure,
    Inventory,
    NotCompared,
    Undecided,
    Vulnerability,
)

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LOG4J = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
PORTAL = Asset("patient-portal", "yes", "web team", "production")
PACS = Asset("pacs-01", "no", "radiology", "production")
PUMPS = Asset("infusion-gateway", "no", "biomedical engineering", "production")
FRONT_DESK = Asset("front-desk-pc-03", "no", "IT", "office")
WARD = Asset("ward-monitors", "no", "nursing", "production")
LAB = Asset("lab-analyser-2", "unknown", "laboratory", "production")
_TITLES = {
    "CVE-2021-44228": "Apache Log4j2 JNDI features allow remote code execution (Log4Shell)",
    "CVE-2021-45046": "Apache Log4j2 Thread Context Lookup allows remote code execution in some configurations",
    "CVE-2021-45105": "Apache Log4j2 does not always protect from infinite recursion in lookup evaluation",
    "CVE-2021-44832": "Apache Log4j2 is open to remote code execution through the JDBC appender",
}


def decision(
    name: str,
    asset: Asset,
    *,
    kev: date | None = None,
    automatable: str = "",
    impact: str = "",
    seen: date = TODAY,
    fixed_on: date | None = None,
) -> Decision:
    """Decide under BOD 26-04 with statements as feeds would bring them."""
    signals = list(exposure_signals(asset.exposed, asset.name, seen))
    for point, value, source in (
        (Point.AUTOMATABLE, automatable, "CISA-ADP"),
        (Point.TECHNICAL_IMPACT, impact, "CISA-ADP"),
    ):
        if value:
            signals.append(Signal(name, point, value, source, datetime(2024, 6, 3, tzinfo=UTC), feed="vulnrichment"))
    if kev:
        at = datetime(kev.year, kev.month, kev.day, tzinfo=UTC)
        signals.append(Signal(name, Point.KEV, "yes", "CISA-KEV", at, feed="kev"))
    return decide(load_policy(), name, signals, ClockInputs(seen, fixed_on, AT), asset=asset.name)


def exposure(
    component: Component, name: str, made: Decision, asset: Asset, *fixed: str, title: str = "", **more: object
) -> Exposure:
    """One exposure; `more` are further fields of it."""
    ids = (name,)
    vulnerability = Vulnerability(name, ids, title or _TITLES.get(name, ""), urls=(f"https://www.cve.org/{name}",))
    matched = f"below {fixed[0]} (fixed)" if fixed else "every version, no fix known"
    return Exposure(component, vulnerability, matched, made, tuple(fixed), asset, **more)  # type: ignore[arg-type]


def package(purl: str, ref: str = "", asset: str = "") -> Component:
    """A component with a purl."""
    return Component(parse_purl(purl), ref or purl, asset=asset)


def product(vendor: str, name: str, version: str, asset: str, ref: str) -> Component:
    """A component without one."""
    return Component(None, ref, name, version, vendor, asset=asset)


def _log4j(asset: Asset, version: str, ref: str) -> list[Exposure]:
    component = package(f"pkg:maven/org.apache.logging.log4j/log4j-core@{version}", ref, asset.name)
    first = date(2026, 11, 14) if asset is PORTAL else TODAY
    return [
        exposure(
            component,
            "CVE-2021-44228",
            decision(
                "CVE-2021-44228",
                asset,
                kev=date(2021, 12, 10),
                automatable="yes",
                impact="total",
                seen=first,
                fixed_on=date(2021, 12, 10),
            ),
            asset,
            "2.15.0",
        ),
        exposure(
            component,
            "CVE-2021-45046",
            decision("CVE-2021-45046", asset, kev=date(2023, 5, 1), automatable="no", impact="total", seen=first),
            asset,
            "2.16.0",
        ),
        exposure(component, "CVE-2021-45105", decision("CVE-2021-45105", asset), asset, "2.17.0"),
        exposure(
            component,
            "CVE-2021-44832",
            decision("CVE-2021-44832", asset, automatable="no", impact="partial"),
            asset,
            "2.17.1",
        ),
    ]


def exposures() -> tuple[Exposure, ...]:
    """All of them."""
    synapse = product("Fujifilm", "Synapse PACS", "7.2.0", PACS.name, "row 2")
    remedy = "Update Synapse PACS to V7.2.100 or later. Contact Fujifilm service to have it installed."
    pump = product("Baxter", "Sigma Spectrum Wireless Battery Module", "20D29", PUMPS.name, "row 3")
    analyser = product("Siemens", "RAPIDLab 1265", "V3.2 SP1", LAB.name, "row 5")
    isolate = (
        "Operate the device behind the hospital's firewall, in a network of its own; allow only the connections "
        "that the laboratory system needs."
    )
    reader = product("Adobe", "Acrobat Reader", "23.001.20064", FRONT_DESK.name, "row 7")
    openssl = package(
        "pkg:deb/debian/libssl3@3.0.11-1~deb12u1?distro=debian-12&upstream=openssl", "row 11", PORTAL.name
    )
    office = product("Microsoft", "Office LTSC Standard", "2021", FRONT_DESK.name, "row 8")
    django = package("pkg:pypi/django@3.2.12", "row 12", PORTAL.name)
    return (
        *_log4j(PORTAL, "2.14.1", "row 9"),
        *_log4j(PACS, "2.13.3", "row 10"),
        exposure(
            synapse,
            "CVE-2024-1597",
            decision("CVE-2024-1597", PACS, automatable="yes", impact="total"),
            PACS,
            title="SQL injection in the PostgreSQL driver that the image archive uses",
            confidence=Confidence.PROBABLE,
            because="vendor and product agree after normalisation; version 7.2.0 is in the range <V7.2.100",
            remedy=remedy,
        ),
        exposure(
            synapse,
            "CVE-2023-46604",
            decision("CVE-2023-46604", PACS, kev=date(2023, 11, 2), automatable="yes", impact="total"),
            PACS,
            title="Remote code execution in the message broker of the image archive",
            confidence=Confidence.PROBABLE,
            because="vendor and product agree after normalisation; version 7.2.0 is in the range <V7.2.100",
            remedy=remedy,
        ),
        exposure(
            pump,
            "CVE-2022-26390",
            decision("CVE-2022-26390", PUMPS, automatable="no", impact="partial"),
            PUMPS,
            title="Wi-Fi credentials are kept unencrypted in the pump's wireless battery module",
        ),
        exposure(
            pump,
            "CVE-2022-26394",
            decision("CVE-2022-26394", PUMPS, automatable="yes", impact="partial"),
            PUMPS,
            title="The wireless battery module does not verify the gateway server that it talks to",
        ),
        exposure(
            analyser,
            "CVE-2017-12069",
            decision("CVE-2017-12069", LAB, impact="partial", automatable="no"),
            LAB,
            title="XML external entity processing in an OPC UA component",
            remedy=isolate,
        ),
        exposure(
            reader,
            "CVE-2023-26369",
            decision("CVE-2023-26369", FRONT_DESK, kev=date(2023, 9, 14), automatable="no", impact="total"),
            FRONT_DESK,
            "23.006.20320",
            title="Adobe Acrobat Reader out-of-bounds write allows code execution by a crafted PDF",
        ),
        exposure(
            openssl,
            "CVE-2024-5535",
            decision("CVE-2024-5535", PORTAL, automatable="yes", impact="partial"),
            PORTAL,
            "3.0.15-1~deb12u1",
            title="OpenSSL: SSL_select_next_proto buffer overread",
        ),
        exposure(
            openssl,
            "CVE-2024-0727",
            decision("CVE-2024-0727", PORTAL, automatable="no", impact="partial"),
            PORTAL,
            "3.0.13-1~deb12u1",
            title="OpenSSL: denial of service by a malformed PKCS12 file",
        ),
        exposure(
            django,
            "CVE-2022-28346",
            decision("CVE-2022-28346", PORTAL, automatable="yes", impact="total"),
            PORTAL,
            "3.2.13",
            title="SQL injection in Django's QuerySet.annotate(), aggregate() and extra()",
        ),
        exposure(
            office,
            "CVE-2024-38226",
            decision("CVE-2024-38226", FRONT_DESK, kev=date(2024, 9, 10), automatable="no", impact="total"),
            FRONT_DESK,
            title="Microsoft Publisher security feature bypass",
            confidence=Confidence.POSSIBLE,
            because="'Office LTSC Standard' resembles 'Office LTSC'; whether Publisher is installed is not known",
        ),
    )


def result(*found: Exposure) -> CheckResult:
    """What a check of the hospital's list would give."""
    kept = found or exposures()
    components = tuple({item.component.ref: item.component for item in kept}.values())
    return CheckResult(
        inventory=Inventory(
            "hospital-assets.csv",
            "5d41402abc4b2a76b9719d911017c592ae2b3c4d5e6f708192a3b4c5d6e7f809",
            components,
            ("row 14: the vendor's name is missing, and so is the product's",),
            "asset list (CSV)",
            (PORTAL, PACS, PUMPS, FRONT_DESK, LAB, WARD),
        ),
        exposures=kept,
        undecided=(
            Undecided(
                product("Philips", "IntelliVue MX800", "N.01", "ward-monitors", "row 13"),
                "CVE-2020-16212",
                "the record names 'N' as a version, which cannot be put in order with N.01",
            ),
        ),
        not_compared=(NotCompared("winget", 3, "no source of records that is read covers it"),),
        vulnerabilities=31_204,
        exposed="unknown",
        at=AT,
        warnings=("The KEV catalogue in the index is 9 days old: run seawall feeds sync.",),
    )
