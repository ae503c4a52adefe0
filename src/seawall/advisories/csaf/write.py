"""From an advisory to a CSAF 2.0 document.

The category is `csaf_security_advisory` where the document fulfils that profile (it has products), else `csaf_base`.
One advisory is one vulnerability item. Versions are integers, the status is always `final`, every date comes from
the advisory's revisions: the same advisory gives the same bytes on every machine at every time.

What CSAF 2.0 can't hold goes into notes and is not lost: CVSS 4.0 vectors, further vectors of one version, further
weaknesses. A weakness whose official name is not known is named in a note too. Further CVEs of one case become `ids`
(the optional test 6.2.17 warns of that; the case holds that they are one vulnerability).
"""

from __future__ import annotations

import re

from seawall.advisories.csaf.checks.scores import compute, severity_of
from seawall.advisories.csaf.cvss import CVSSv2, CVSSv30, CVSSv31
from seawall.advisories.csaf.document import (
    TLP,
    Acknowledgment,
    Distribution,
    DocumentInfo,
    Engine,
    Generator,
    Note,
    Publisher,
    Reference,
    RevisionEntry,
    TLPLabel,
    Tracking,
)
from seawall.advisories.csaf.facts import CWE_VERSION, weakness_name
from seawall.advisories.csaf.filename import csaf_file_name
from seawall.advisories.csaf.products import PackageProducts, product_status, product_tree, products_of
from seawall.advisories.csaf.read import CSAFDocument
from seawall.advisories.csaf.types import UNSET, URI_PATTERN, UnsetType
from seawall.advisories.csaf.vulnerability import CWE, Id, Remediation, Score, Vulnerability
from seawall.advisories.model import Advisory, PublisherIdentity
from seawall.kernel.marking import Marking

_LABELS: dict[Marking, TLPLabel] = {
    Marking.CLEAR: "WHITE",
    Marking.GREEN: "GREEN",
    Marking.AMBER: "AMBER",
    Marking.AMBER_STRICT: "AMBER",
    Marking.RED: "RED",
}
"""CSAF 2.0 knows the labels of TLP 1.0 only."""
_GRADES = {
    "E0": "claimed; nothing was checked",
    "E1": "plausible; the named place exists in the named version",
    "E2": "reproduced with the finder's script, and every control held",
    "E3": "reproduced from data alone by the verifier's own driver, and every control held",
    "E4": "reproduced, and the fix was verified",
    "inconclusive": "not decided",
}
_CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.ASCII)
_URI = re.compile(URI_PATTERN)
_SYSTEMS = {"GHSA": "GitHub Security Advisory", "CVE": "Common Vulnerabilities and Exposures"}


def write_document(
    advisory: Advisory, publisher: PublisherIdentity, *, engine_version: str, path: str = ""
) -> CSAFDocument:
    """Write an advisory as a CSAF 2.0 document.

    Args:
        advisory: With its whole history.
        publisher: Who vouches for the document.
        engine_version: Version of Seawall that writes.
        path: Where the document will lie below `publisher.base_url`; gives the canonical URL.
    """
    packages = [products_of(product) for product in advisory.products]
    return CSAFDocument(
        document=_info(advisory, publisher, engine_version, path),
        product_tree=product_tree(packages) if packages else UNSET,
        vulnerabilities=(_vulnerability(advisory, packages),),
    )


def document_path(advisory: Advisory) -> str:
    """Return where the document lies in a provider's folder: the year of the first release, then the file name."""
    return f"csaf/{advisory.revisions[0].at.year:04}/{csaf_file_name(advisory.id)}"


def _info(advisory: Advisory, publisher: PublisherIdentity, engine_version: str, path: str) -> DocumentInfo:
    first, last = advisory.revisions[0], advisory.current
    return DocumentInfo(
        category="csaf_security_advisory" if advisory.products else "csaf_base",
        csaf_version="2.0",
        lang="en",
        title=_line(advisory.title) or advisory.id,
        publisher=Publisher(
            category=publisher.category.value,
            name=publisher.name,
            namespace=publisher.namespace,
            contact_details=publisher.contact,
        ),
        distribution=Distribution(
            text=f"Shared as {advisory.marking.label} (TLP 2.0).", tlp=TLP(label=_LABELS[advisory.marking])
        ),
        notes=_document_notes(advisory),
        references=_canonical(publisher, path),
        acknowledgments=tuple(Acknowledgment(names=(name,)) for name in _texts(advisory.credits)),
        tracking=Tracking(
            id=advisory.id,
            status="final",
            version=str(last.number),
            initial_release_date=first.at,
            current_release_date=last.at,
            revision_history=tuple(
                RevisionEntry(date=item.at, number=str(item.number), summary=item.summary or f"Revision {item.number}.")
                for item in advisory.revisions
            ),
            generator=Generator(date=last.at, engine=Engine(name="Seawall", version=engine_version)),
        ),
    )


def _document_notes(advisory: Advisory) -> tuple[Note, ...]:
    evidence = f"Grade {advisory.grade}: {_GRADES.get(advisory.grade, 'see the reason')}. {advisory.grade_reason}"
    notes = [
        Note(category="summary", title="Summary", text=_line(advisory.title) or advisory.id),
        Note(category="general", title="Evidence", text=evidence.strip()),
    ]
    if advisory.priority:
        notes.append(Note(category="general", title="Priority", text=advisory.priority))
    return tuple(notes)


def _references(advisory: Advisory) -> tuple[Reference, ...]:
    urls = (url for url in dict.fromkeys(advisory.references) if _URI.search(url))
    return tuple(Reference(category="external", summary=url[:200], url=url) for url in urls)


def _canonical(publisher: PublisherIdentity, path: str) -> tuple[Reference, ...]:
    if not (publisher.base_url and path):
        return ()
    return (Reference(category="self", summary="Canonical URL", url=publisher.base_url + path),)


def _vulnerability(advisory: Advisory, packages: list[PackageProducts]) -> Vulnerability:
    cves = [name for name in advisory.identifiers if _CVE.fullmatch(name)]
    cwe = _weakness(advisory)
    affected = tuple(id_ for made in packages for id_ in made.affected)
    scores, scored = _scores(advisory, affected)
    return Vulnerability(
        title=_line(advisory.title) or advisory.id,
        cve=cves[0] if cves else "",
        ids=tuple(
            Id(system_name=_system(name), text=name)
            for name in dict.fromkeys((*advisory.identifiers, advisory.id))
            if name not in cves[:1]
        ),
        cwe=cwe,
        notes=_vulnerability_notes(advisory, cwe, scored),
        product_status=product_status(packages) if packages else UNSET,
        references=_references(advisory),
        remediations=tuple(item for made in packages for item in _remediations(made)),
        scores=scores,
        release_date=advisory.revisions[0].at,
    )


def _weakness(advisory: Advisory) -> CWE | UnsetType:
    for weakness in advisory.weaknesses:
        name = weakness_name(int(weakness.removeprefix("CWE-")))
        if name:
            return CWE(id=weakness, name=name)
    return UNSET


def _vulnerability_notes(advisory: Advisory, cwe: CWE | UnsetType, scored: set[str]) -> tuple[Note, ...]:
    notes = [
        Note(
            category="description",
            title="Description",
            text=advisory.description.strip() or _line(advisory.title) or advisory.id,
        )
    ]
    further = [weakness for weakness in advisory.weaknesses if cwe is UNSET or weakness != cwe.id]
    if further:
        named = (f"{item} {weakness_name(int(item.removeprefix('CWE-')))}".strip() for item in further)
        text = f"Further weaknesses, named after CWE {CWE_VERSION} where it has them: {'; '.join(named)}."
        notes.append(Note(category="details", title="Weaknesses", text=text))
    vectors = [vector for vector in advisory.vectors if vector not in scored and vector.strip()]
    if vectors:
        text = f"Further CVSS vectors that sources gave: {'; '.join(vectors)}."
        notes.append(Note(category="details", title="CVSS", text=text))
    return tuple(notes)


def _scores(advisory: Advisory, affected: tuple[str, ...]) -> tuple[tuple[Score, ...], set[str]]:
    """Return the scores for the affected products, and the vectors that they use.

    Of several vectors of one version the one with the highest base score is used, of equal ones the first by text.
    """
    if not affected:
        return (), set()
    ranked: dict[str, tuple[float, str]] = {}
    for vector in sorted(set(advisory.vectors), reverse=True):
        version = "2.0" if vector.startswith("AV:") else vector[5:8] if vector.startswith("CVSS:3.") else ""
        computed = compute(vector) if version in {"2.0", "3.0", "3.1"} else None
        if computed is not None and computed.base >= ranked.get(version, (-1.0, ""))[0]:
            ranked[version] = (computed.base, vector)
    v2, v3 = ranked.get("2.0"), ranked.get("3.1") or ranked.get("3.0")
    if not (v2 or v3):
        return (), set()
    score = Score(
        products=affected,
        cvss_v2=CVSSv2(version="2.0", vector_string=v2[1], base_score=v2[0]) if v2 else UNSET,
        cvss_v3=_cvss_v3(*v3) if v3 else UNSET,
    )
    return (score,), {pair[1] for pair in (v2, v3) if pair}


def _cvss_v3(base: float, vector: str) -> CVSSv30 | CVSSv31:
    if vector.startswith("CVSS:3.1/"):
        return CVSSv31(base_score=base, base_severity=severity_of(base), vector_string=vector)
    return CVSSv30(base_score=base, base_severity=severity_of(base), vector_string=vector)


def _remediations(made: PackageProducts) -> list[Remediation]:
    """Say for each affected product what to update to; one remediation for each advice."""
    advice: dict[str, list[str]] = {}
    for product_id in made.affected:
        fix = made.fix_of.get(product_id) or " or ".join(made.fixes)
        advice.setdefault(fix, []).append(product_id)
    found = [
        Remediation(category="vendor_fix", details=f"Update {made.package.full_name} to {fix}.", product_ids=tuple(ids))
        for fix, ids in advice.items()
        if fix
    ]
    open_ = (*advice.get("", ()), *made.under_investigation)
    if open_:
        found.append(Remediation(category="none_available", details="No fix is known.", product_ids=open_))
    return found


def _system(name: str) -> str:
    prefix = name.partition("-")[0]
    return "Seawall" if prefix == "SW" else _SYSTEMS.get(prefix, f"{prefix} (OSV)")


def _line(text: str) -> str:
    return " ".join(text.split())


def _texts(texts: tuple[str, ...]) -> list[str]:
    return [text for text in dict.fromkeys(_line(text) for text in texts) if text]
