"""What one sees of triage: cases, ids, explanations, proposals, rulings, events; on the fake and on databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tests.triage.triage_cases import TEXTS, finding

from seawall.intake import Finding
from seawall.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from seawall.kernel.testing import FixedClock
from seawall.platform.database import Database
from seawall.platform.ledger.store import ENTRY
from seawall.platform.units import Units
from seawall.triage import Case, DecisionState, Layer, TriageService
from seawall.triage import store as triage_store
from seawall.triage.testing import FakeFindings, FakeTriage


@dataclass(slots=True)
class Bench:
    """A service with its findings; `events` returns the names of all events so far."""

    service: TriageService
    findings: FakeFindings
    events: Callable[[], list[str]]

    def triage(self, *findings: Finding) -> list[Case]:
        self.findings.add(findings)
        while self.service.triage_pending(100).findings:
            pass
        return self.service.cases(limit=1000)

    def decide(self, *findings: Finding) -> Case:
        """Triage findings that end in one case."""
        (case,) = self.triage(*findings)
        return case


@pytest.fixture
def fake_bench(clock: FixedClock) -> Bench:
    fake = FakeTriage()
    return Bench(TriageService(fake.open, clock), fake.findings, lambda: [event.name for event in fake.events])


@pytest.fixture
def database_bench(database: Database, units: Units, clock: FixedClock) -> Bench:
    findings = FakeFindings()

    def events() -> list[str]:
        with database.read() as connection:
            rows = connection.execute(sa.select(ENTRY.c.body).order_by(ENTRY.c.position)).scalars()
            return [str(json.loads(row)["name"]) for row in rows]

    return Bench(TriageService(triage_store.triage_units(units, lambda _: findings), clock), findings, events)


def names(cases: Sequence[Case]) -> list[set[int]]:
    return [{int(name[4:], 16) for name in case.findings} for case in cases]


SCAN = {"path": "src/samplelib/archive.py", "weaknesses": ("CWE-22",), "rule": "scan/R1"}
SNIPPET = "open(os.path.join(target, name), 'wb')"


class Contract:
    """Run by the two classes below, which say what `bench` is."""

    def test_a_lone_finding_opens_a_case(self, bench: Bench) -> None:
        case = bench.decide(finding(1, title="Traversal", identifiers=("GHSA-2222-2222-2222",), weaknesses=("CWE-22",)))
        assert case.id == "SW-2026-000001"
        assert case.title == "Traversal"
        assert case.packages == ("pkg:pypi/samplelib",)
        assert bench.events() == ["CaseOpened"]
        assert bench.service.explain(case.id).decisions == ()

    def test_aliases_join_in_any_order_and_say_so(self, bench: Bench) -> None:
        case = bench.decide(
            finding(1, identifiers=("CVE-2024-0001",)),
            finding(2, identifiers=("GHSA-2222-2222-2222",), purl="pkg:npm/other"),
            finding(3, identifiers=("CVE-2024-0001", "GHSA-2222-2222-2222")),
        )
        assert case.identifiers == ("CVE-2024-0001", "GHSA-2222-2222-2222")
        decisions = bench.service.explain(case.id).decisions
        assert {each.layer for each in decisions} == {Layer.IDENTIFIER}
        assert {each.inputs["shared"] for each in decisions} == {"CVE-2024-0001", "GHSA-2222-2222-2222"}
        assert all(each.rule and each.reason and each.decided_by == "rule" for each in decisions)
        assert sorted(bench.events()) == ["CaseOpened", "FindingsMerged", "FindingsMerged"]

    def test_a_record_with_two_cves_is_asked_not_merged(self, bench: Bench) -> None:
        cases = bench.triage(
            finding(1, identifiers=("CVE-2024-0001",)),
            finding(2, identifiers=("CVE-2024-0002",)),
            finding(3, identifiers=("CVE-2024-0001", "CVE-2024-0002", "GO-2024-0001")),
        )
        assert names(cases) == [{1}, {2}, {3}]
        assert sorted(proposal.cases for proposal in bench.service.proposals()) == [
            ("SW-2026-000001", "SW-2026-000003"),
            ("SW-2026-000002", "SW-2026-000003"),
        ]

    def test_identifiers_of_fix_releases_join_nothing(self, bench: Bench) -> None:
        cases = bench.triage(
            finding(1, identifiers=("CVE-2024-0001", "RHSA-2024:0001")),
            finding(2, identifiers=("CVE-2024-0002", "RHSA-2024:0001")),
            finding(3, identifiers=("RHSA-2024:0001",)),
        )
        assert len(cases) == 3
        assert not bench.service.proposals()

    def test_a_distribution_s_name_of_a_cve_is_that_cve(self, bench: Bench) -> None:
        bench.decide(finding(1, identifiers=("DEBIAN-CVE-2024-0001",)), finding(2, identifiers=("CVE-2024-0001",)))

    @pytest.mark.parametrize(
        ("other", "joined"),
        [
            ({"line": 14, "symbol": "Archive.extract", "snippet": SNIPPET}, True),
            ({"line": 150, "symbol": "extract", "snippet": f"   {SNIPPET}"}, False),
            ({"line": 150, "symbol": "extract", "snippet": f"   {SNIPPET}", "purl": "pkg:pypi/samplelib@1.3"}, True),
            ({"line": 150, "snippet": SNIPPET, "purl": "pkg:pypi/samplelib@1.3"}, False),
            ({"line": 150, "snippet": SNIPPET}, False),
            ({"line": 12, "symbol": "Archive.create", "snippet": SNIPPET}, False),
            ({"line": 40, "symbol": "Archive.extract", "snippet": "open(log_file_name, 'a')"}, False),
            ({"line": 12, "symbol": "Archive.extract", "path": "samplelib/archive.py"}, True),
            ({"line": 12, "symbol": "Archive.extract", "path": "other/archive.py"}, False),
            ({"line": 12, "symbol": "Archive.extract", "weaknesses": ("CWE-23",), "rule": "else/X"}, True),
            ({"line": 12, "symbol": "Archive.extract", "weaknesses": ("CWE-94",), "rule": "else/X"}, False),
            ({"line": 12, "symbol": "Archive.extract", "purl": "pkg:pypi/other@1"}, False),
            ({"line": 12, "symbol": "Archive.extract", "purl": "pkg:pypi/samplelib@2.0"}, True),
            ({"line": 12, "symbol": "Archive.extract", "identifiers": ("CVE-2024-0002",)}, False),
        ],
    )
    def test_places(self, bench: Bench, other: dict[str, object], joined: bool) -> None:
        first = finding(1, line=10, symbol="Archive.extract", snippet=SNIPPET, identifiers=("CVE-2024-0001",), **SCAN)
        cases = bench.triage(first, finding(2, **{**SCAN, **other}))
        assert (len(cases) == 1) is joined

    def test_a_scanner_s_two_places_are_two_even_when_near(self, bench: Bench) -> None:
        same = {"report_id": "SWR-a", **SCAN}
        cases = bench.triage(finding(1, line=10, **same), finding(2, line=12, **same))
        assert len(cases) == 2
        (proposal,) = bench.service.proposals()
        assert "two places" in proposal.decision.reason

    def test_lines_of_manifests_say_nothing(self, bench: Bench) -> None:
        same = {**SCAN, "path": "requirements.txt"}
        assert len(bench.triage(finding(1, line=3, **same), finding(2, line=3, **same))) == 2

    def test_reworded_texts_join_and_other_products_do_not(self, bench: Bench) -> None:
        same = {"weaknesses": ("CWE-22",), "title": ""}
        cases = bench.triage(
            finding(1, description=TEXTS[0], **same),
            finding(2, description=TEXTS[1], **same),
            finding(3, description=TEXTS[0], purl="pkg:pypi/other", **same),
            finding(4, description=TEXTS[3], **same),
        )
        assert names(cases) == [{1, 2}, {3}, {4}]
        (decision,) = bench.service.explain(cases[0].id).decisions
        assert decision.layer is Layer.TEXT
        assert float(decision.inputs["similarity"]) > 0.8

    def test_one_template_about_other_code_does_not_join(self, bench: Bench) -> None:
        text = (
            "The function {0} hands {1} to a shell while it converts the uploaded picture, so a semicolon in the name "
            "starts another command with the rights of the worker process."
        )
        same = {"weaknesses": ("CWE-78",), "title": "Shell injection"}
        cases = bench.triage(
            finding(1, description=text.format("convert_picture", "file_name"), **same),
            finding(2, description=text.format("rotate_picture", "angle_text"), **same),
            finding(3, description="A semicolon in file_name is run by convert_picture, which uses a shell.", **same),
        )
        assert names(cases) == [{1, 3}, {2}]

    def test_words_about_two_places_join_neither(self, bench: Bench) -> None:
        text = "`extract_all` opens `member_name` without a check."
        place = {"symbol": "extract_all", "description": text, **SCAN}
        cases = bench.triage(
            finding(1, line=10, report_id="SWR-a", **place),
            finding(2, line=400, report_id="SWR-a", **place),
            finding(3, description=text, weaknesses=("CWE-22",)),
        )
        assert names(cases) == [{1}, {2}, {3}]
        assert {proposal.cases[1] for proposal in bench.service.proposals()} >= {cases[2].id}

    def test_two_cves_and_a_report_between_them(self, bench: Bench) -> None:
        same = {"weaknesses": ("CWE-22",), "title": "", "description": TEXTS[0]}
        between = finding(2, **same)
        cases = bench.triage(finding(1, identifiers=("CVE-2024-0001",), **same), between)
        assert names(cases) == [{1, 2}]
        cases = bench.triage(finding(3, identifiers=("CVE-2024-0002",), **same))
        assert sorted(names(cases), key=min) == [{1}, {2}, {3}]
        assert "MergeReversed" in bench.events()

    def test_two_records_of_one_database_stay_two_cases_however_alike_their_words(self, bench: Bench) -> None:
        same = {"weaknesses": ("CWE-787",), "title": "Heap overflow", "description": TEXTS[0]}
        cases = bench.triage(
            finding(1, identifiers=("OSV-2023-1160",), **same),
            finding(2, identifiers=("OSV-2023-710",), **same),
            finding(3, **same),
        )
        assert sorted(names(cases), key=min) == [{1}, {2}, {3}]
        (torn,) = [each for each in bench.service.proposals() if "left names" in each.decision.inputs]
        assert torn.cases == (cases[0].id, cases[1].id)
        assert "different identifiers" in torn.decision.reason

    def test_former_ids_and_identifiers_resolve(self, bench: Bench) -> None:
        bench.triage(finding(1, identifiers=("CVE-2024-0001",)), finding(2, identifiers=("GHSA-2222-2222-2222",)))
        case = bench.decide(finding(3, identifiers=("CVE-2024-0001", "GHSA-2222-2222-2222")))
        assert case.former_ids == ("SW-2026-000002",)
        for name in ("SW-2026-000001", "sw-2026-000002", "cve-2024-0001", "GHSA-2222-2222-2222"):
            assert bench.service.case(name) == case
        for name in ("SW-2026-000003", "SW-2025-000001", "CVE-2024-9999", "nonsense", ""):
            with pytest.raises(NotFoundError, match=r"triage.unknown-case"):
                bench.service.case(name)

    def test_a_split_gives_ids_back_and_is_respected(self, bench: Bench) -> None:
        bench.triage(finding(1, identifiers=("CVE-2024-0001",)), finding(2, identifiers=("GHSA-2222-2222-2222",)))
        case = bench.decide(finding(3, identifiers=("CVE-2024-0001", "GHSA-2222-2222-2222")))
        second = case.findings[1]
        left, out = bench.service.split(case.id, [second], "Dana", "not an alias")
        assert (left.id, out.id) == ("SW-2026-000001", "SW-2026-000002")
        assert left.former_ids == out.former_ids == ()
        cases = bench.triage(finding(4, identifiers=("GHSA-2222-2222-2222", "PYSEC-2024-1")))
        assert names(cases) == [{1, 3, 4}, {2}]
        (split,) = bench.service.explain(left.id).splits
        assert (split.decided_by, split.reason, split.moved) == ("Dana", "not an alias", (second,))
        merged = bench.service.merge([out.id, left.id], "Ada", "it is one")
        assert merged.id == "SW-2026-000001"
        assert bench.service.explain(merged.id).splits == ()
        assert {"CaseSplit", "SplitLifted", "CaseRestored", "CaseMerged"} <= set(bench.events())

    def test_splitting_off_the_founder_leaves_the_id_with_the_rest(self, bench: Bench) -> None:
        case = bench.decide(*(finding(number, identifiers=("CVE-2024-0001",)) for number in (1, 2, 3)))
        left, out = bench.service.split(case.id, [case.findings[0]], "Dana", "another bug")
        assert (left.id, out.id) == ("SW-2026-000001", "SW-2026-000002")
        assert names([left, out]) == [{2, 3}, {1}]
        assert bench.service.case("CVE-2024-0001") == left

    def test_the_rest_of_a_split_stays_together(self, bench: Bench) -> None:
        case = bench.decide(
            finding(1, identifiers=("CVE-2024-0001",)),
            finding(2, identifiers=("CVE-2024-0001", "GHSA-2222-2222-2222")),
            finding(3, identifiers=("GHSA-2222-2222-2222",)),
        )
        left, _ = bench.service.split(case.id, [case.findings[1]], "Dana", "a list of two")
        assert names([left]) == [{1, 3}]

    @pytest.mark.parametrize(
        ("findings", "by", "reason", "code"),
        [
            ([1], "Dana", " ", "triage.no-reason"),
            ([1], " ", "because", "triage.no-reason"),
            ([], "Dana", "because", "triage.nothing-to-split"),
            ([1, 2], "Dana", "because", "triage.nothing-to-split"),
            ([3], "Dana", "because", "triage.foreign-findings"),
        ],
    )
    def test_splits_that_make_no_sense(
        self, bench: Bench, findings: list[int], by: str, reason: str, code: str
    ) -> None:
        bench.triage(*(finding(number, identifiers=("CVE-2024-0001",)) for number in (1, 2)), finding(3))
        before = bench.events()
        with pytest.raises((ConflictError, InvalidInputError), match=code):
            bench.service.split("CVE-2024-0001", [f"SWF-{number:016x}" for number in findings], by, reason)
        assert bench.events() == before

    def test_merging_what_is_one_case(self, bench: Bench) -> None:
        bench.decide(*(finding(number, identifiers=("CVE-2024-0001",)) for number in (1, 2)))
        with pytest.raises(ConflictError, match=r"triage.one-case-only"):
            bench.service.merge(["SW-2026-000001", "CVE-2024-0001"], "Dana", "because")

    def test_a_person_may_join_two_cves_and_later_reports_follow(self, bench: Bench) -> None:
        bench.triage(finding(1, identifiers=("CVE-2024-0001",)), finding(2, identifiers=("CVE-2024-0002",)))
        merged = bench.service.merge(["CVE-2024-0002", "CVE-2024-0001"], "Dana", "rejected as a duplicate")
        assert merged.id == "SW-2026-000001"
        assert merged.identifiers == ("CVE-2024-0001", "CVE-2024-0002")
        (decision,) = bench.service.explain(merged.id).decisions
        assert (decision.layer, decision.decided_by, decision.reason) == (
            Layer.PERSON,
            "Dana",
            "rejected as a duplicate",
        )
        bench.decide(finding(3, identifiers=("CVE-2024-0001",)), finding(4, identifiers=("CVE-2024-0002",)))

    def test_proposals_are_accepted_or_declined_once(self, bench: Bench) -> None:
        same = {"weaknesses": ("CWE-22",), "title": ""}
        bench.triage(
            finding(1, identifiers=("CVE-2024-0001",), description=TEXTS[0], **same),
            finding(2, identifiers=("CVE-2024-0002",), description=TEXTS[0], **same),
        )
        (proposal,) = bench.service.proposals()
        assert proposal.cases == ("SW-2026-000001", "SW-2026-000002")
        assert proposal.decision.state is DecisionState.PROPOSED
        declined = bench.service.decline(proposal.decision.id, "Dana", "sister bugs")
        assert declined.inputs["declined because"] == "sister bugs"
        assert bench.service.proposals() == []
        with pytest.raises(ConflictError, match=r"triage.not-open"):
            bench.service.accept(proposal.decision.id, "Dana")
        with pytest.raises(NotFoundError, match=r"triage.unknown-decision"):
            bench.service.accept("SWM-0000000000000000", "Dana")
        bench.triage(finding(3, identifiers=("CVE-2024-0001",), description=TEXTS[1], **same))
        assert bench.service.proposals() == [], "nobody is asked twice about the same two cases"

    def test_accepting_a_proposal_merges(self, bench: Bench) -> None:
        same = {"weaknesses": ("CWE-22",), "title": ""}
        bench.triage(
            finding(1, identifiers=("CVE-2024-0001",), description=TEXTS[0], **same),
            finding(2, identifiers=("CVE-2024-0002",), description=TEXTS[0], **same),
        )
        (proposal,) = bench.service.proposals()
        case = bench.service.accept(proposal.decision.id, "Dana")
        assert names([case]) == [{1, 2}]
        (decision,) = bench.service.explain(case.id).decisions
        assert (decision.id, decision.state, decision.decided_by) == (
            proposal.decision.id,
            DecisionState.APPLIED,
            "Dana",
        )

    def test_people_s_reports_on_one_entry_point_join(self, bench: Bench) -> None:
        same = {"weaknesses": ("CWE-787",), "purl": "pkg:pypi/samplelib@1.0", "call": "samplelib:dumps"}
        text = "Large indents make the encoder write past its buffer and the process dies."
        cases = bench.triage(
            finding(1, description=text, **same),
            finding(
                2,
                description="The process dies with a signal; its encoder overwrites a buffer for large indents.",
                **same,
            ),
            finding(3, description=text, **{**same, "purl": "pkg:pypi/samplelib@2.0", "weaknesses": ("CWE-416",)}),
        )
        assert names(cases) == [{1, 2}, {3}]

    def test_a_title_without_a_product_is_asked(self, bench: Bench) -> None:
        same = {"title": "Cookie leaks to foreign hosts", "weaknesses": ("CWE-200",)}
        cases = bench.triage(finding(1, **same), finding(2, purl="", **same))
        assert len(cases) == 2
        (proposal,) = bench.service.proposals()
        assert proposal.decision.layer is Layer.HINT

    def test_a_flood_of_hints_is_no_flood_of_questions(self, bench: Bench) -> None:
        bench.triage(
            *(finding(number, weaknesses=("CWE-22",), title=f"Bug in part {number}") for number in range(1, 60))
        )
        waiting: dict[str, int] = {}
        for proposal in bench.service.proposals(1000):
            for name in proposal.cases:
                waiting[name] = waiting.get(name, 0) + 1
        assert waiting
        assert max(waiting.values()) <= 10

    def test_pages_and_counts(self, bench: Bench) -> None:
        cases = bench.triage(
            *(finding(number, title=f"T{number}", purl=f"pkg:pypi/p{number}") for number in range(1, 8))
        )
        assert bench.service.count() == len(cases) == 7
        first = bench.service.cases(limit=3)
        rest = bench.service.cases(after=first[-1].id, limit=10)
        assert [*first, *rest] == cases
        assert bench.service.cases_of_findings([cases[2].findings[0], "SWF-ffffffffffffffff"]) == {
            cases[2].findings[0]: cases[2].id
        }
        assert [each.id for each in bench.service.findings_of(cases[2].id)] == list(cases[2].findings)

    def test_case_ids_carry_the_year_and_go_on_counting(self, bench: Bench, clock: FixedClock) -> None:
        bench.triage(finding(1))
        clock.advance(timedelta(days=365))
        cases = bench.triage(finding(2, purl="pkg:pypi/other"))
        assert [case.id for case in cases] == ["SW-2026-000001", "SW-2027-000002"]
        assert cases[1].opened_at == datetime(2027, 11, 21, 12, tzinfo=UTC)

    def test_the_title_is_that_of_the_best_report(self, bench: Bench) -> None:
        case = bench.decide(
            finding(1, identifiers=("CVE-2024-0001",), rule="scan/R", title="scan/R"),
            finding(2, identifiers=("CVE-2024-0001",), title="By a person"),
            finding(3, identifiers=("CVE-2024-0001",), title="With evidence", call="samplelib:extract"),
        )
        assert case.title == "With evidence"

    def test_a_unit_that_fails_leaves_no_trace(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        bench.findings.add([finding(1), finding(2)])

        def broken(_: Sequence[str]) -> None:
            raise RuntimeError("killed")

        original = FakeFindings.mark_triaged
        monkeypatch.setattr(FakeFindings, "mark_triaged", lambda _self, ids: broken(ids))
        with pytest.raises(RuntimeError):
            bench.service.triage_pending()
        assert bench.events() == []
        assert bench.service.cases() == []
        monkeypatch.setattr(FakeFindings, "mark_triaged", original)
        assert bench.service.triage_pending().findings == 2
        assert bench.service.cases()[0].id == "SW-2026-000001"


class TestOnTheFake(Contract):
    @pytest.fixture
    def bench(self, fake_bench: Bench) -> Bench:
        return fake_bench


class TestOnADatabase(Contract):
    @pytest.fixture
    def bench(self, database_bench: Bench) -> Bench:
        return database_bench


def test_the_ledger_holds_the_digest_of_each_stored_body(units: Units, database: Database, clock: FixedClock) -> None:
    findings = FakeFindings()
    opened = triage_store.triage_units(units, lambda _: findings)
    bench = Bench(TriageService(opened, clock), findings, list)
    same = {"weaknesses": ("CWE-22",), "title": "", "description": TEXTS[0]}
    bench.triage(
        *(finding(number, identifiers=("CVE-2024-0001",), **same) for number in (1, 2, 3)),
        finding(4, identifiers=("CVE-2024-0002",), **same),
    )
    bench.service.split("CVE-2024-0001", ["SWF-0000000000000002"], "Dana", "because")
    bench.service.accept(bench.service.proposals()[0].decision.id, "Dana")
    with database.read() as connection:
        digests = _digests(connection)
        for table in (triage_store.DECISION, triage_store.SPLIT):
            rows = connection.execute(sa.select(table.c.id, table.c.body)).all()
            assert rows
            for row in rows:
                assert digests[row.id] == sha256(bytes(row.body)).hexdigest()


def _digests(connection: Connection) -> dict[str, str]:
    """The last digest that the ledger states for each record."""
    found = {}
    for body in connection.execute(sa.select(ENTRY.c.body).order_by(ENTRY.c.position)).scalars():
        entry = json.loads(body)
        if "digest" in entry["facts"]:
            found[entry["subject"]] = entry["facts"]["digest"]
    return found
