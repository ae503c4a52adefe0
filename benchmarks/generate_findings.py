"""Generate reports whose duplicates are known: SARIF files, and for each result the bug that it is about.

Deterministic by seed. About 30 of 100 results are duplicates of an earlier one: the same tool on a later release (lines
moved), another tool (other rule, sibling weakness, other path root), another person in other words (synonyms, sentences
reordered, left out and added), with or without the CVE. Hard negatives are among the originals: sister bugs with the
same weakness in the same file, one rule at several places of a file in the same words, sister CVEs in nearly the same
words, and the same words about another product. A few duplicates cannot be recognised by words or place, as in life.

    python -m benchmarks.generate_findings 10000 --seed 7 --into folder
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any
from zlib import crc32

from benchmarks.vocabulary import KINDS, NAMES, REMARKS, SYNONYMS, VERBS, Kind

DUPLICATES = 0.3
"""Share of results that are duplicates."""
PER_REPORT = 120
"""Results in one report, on average."""
PER_PRODUCT = 400
"""Results about one product, on average."""
RELEASES = 5
"""Of each product; from one to the next, lines move."""
TOOLS = {
    "semscan": ("", 0.97, 0.3),
    "codewarden": ("", 0.4, 0.85),
    "lintguard": ("src/", 0.95, 0.6),
    "taintlab": ("build/product/", 0.8, 0.95),
}
"""Scanners: their paths' root, and how often they give a snippet and a symbol."""


@dataclass(frozen=True, slots=True)
class Bug:
    """What a report is about."""

    label: int
    product: int
    kind: Kind
    file: str
    line: int
    names: dict[str, str]
    remarks: tuple[str, ...]
    form: str
    """`scan` (by a tool, with a place), `cve` (an advisory) or `prose` (a person, without a place)."""
    cve: str
    tool: str


@dataclass(slots=True)
class GeneratedReport:
    """One SARIF file."""

    product: str
    """purl with version."""
    body: bytes
    truth: list[int] = field(default_factory=list)
    """Label of each result, in order."""


def generate(count: int, seed: int) -> Iterator[GeneratedReport]:
    """Yield reports with `count` results in all."""
    world = _World(count, seed)
    made = 0
    while made < count:
        report = world.report(min(count - made, max(1, round(world.random.gauss(PER_REPORT, 40)))))
        made += len(report.truth)
        yield report


class _World:
    """Products, and the bugs that were reported so far."""

    def __init__(self, count: int, seed: int) -> None:
        self.random = random.Random(seed)
        self._products = max(3, count // PER_PRODUCT)
        self._bugs: list[list[Bug]] = [[] for _ in range(self._products)]
        self._files = [self._make_files() for _ in range(self._products)]
        self._moved = [self._make_moves() for _ in range(self._products)]
        self._label = 0
        self._cve = 10_000

    def report(self, results: int) -> GeneratedReport:
        """One report on one product: by one tool, or a collection of what people sent."""
        product = self.random.randrange(self._products)
        tool = self.random.choice((*TOOLS, "inbox", "inbox"))
        release = self.random.randrange(RELEASES)
        seen: set[int] = set()
        rows, truth = [], []
        while len(rows) < results:
            bug, again = self._choose(product, tool, seen)
            seen.add(bug.label)
            rows.append(self._row(bug, tool, again=again, drift=self._moved[product][release]))
            truth.append(bug.label)
        rules = [
            {"id": f"{kind.rule}/{tool}", "shortDescription": {"text": kind.rule.replace("-", " ")}} for kind in KINDS
        ]
        run = {"tool": {"driver": {"name": tool, "rules": rules}}, "results": rows}
        body = json.dumps({"version": "2.1.0", "runs": [run]}).encode()
        return GeneratedReport(f"pkg:pypi/product-{product}@1.{release}.0", body, truth)

    def _choose(self, product: int, tool: str, seen: set[int]) -> tuple[Bug, bool]:
        """A known bug that this report has not named yet, or a new one."""
        known = self._bugs[product]
        if known and self.random.random() < DUPLICATES * 1.04:
            for _ in range(12):
                bug = self.random.choice(known)
                if bug.label not in seen and (bug.form == "scan") == (tool != "inbox" or self.random.random() < 0.05):
                    return bug, True
        bug = self._new(product, tool)
        known.append(bug)
        return bug, False

    def _new(self, product: int, tool: str) -> Bug:
        self._label += 1
        known = self._bugs[product]
        if known and self.random.random() < 0.15:
            return self._sister(self.random.choice(known[-60:]), tool)
        if self.random.random() < 0.05:
            elsewhere = self.random.randrange(self._products)
            other = self._bugs[elsewhere]
            if other and elsewhere != product:
                return self._elsewhere(self.random.choice(other), product, tool)
        kind = self.random.choice(KINDS)
        form = "scan" if tool != "inbox" else self.random.choice(("cve", "prose", "prose"))
        return Bug(
            label=self._label,
            product=product,
            kind=kind,
            file=self.random.choice(self._files[product]),
            line=self.random.randint(5, 1500),
            names=self._names(),
            remarks=tuple(self.random.sample(REMARKS, 4)),
            form=form,
            cve=self._next_cve() if form == "cve" else "",
            tool=tool,
        )

    def _sister(self, bug: Bug, tool: str) -> Bug:
        """The same weakness in the same file: another function, or another line of the same one; other names."""
        names = self._names()
        keep = self.random.choice((("noun", "other", "noun2"), ("function",), ()))
        names |= {name: bug.names[name] for name in keep}
        form = bug.form if (bug.form == "scan") == (tool != "inbox") else ("scan" if tool != "inbox" else "prose")
        return replace(
            bug,
            label=self._label,
            line=bug.line + self.random.choice((-1, 1)) * self.random.randint(4, 60),
            names=names,
            remarks=bug.remarks if self.random.random() < 0.3 else tuple(self.random.sample(REMARKS, 4)),
            form=form,
            cve=self._next_cve() if form == "cve" else "",
            tool=tool,
        )

    def _elsewhere(self, bug: Bug, product: int, tool: str) -> Bug:
        """The same words about another product."""
        form = bug.form if (bug.form == "scan") == (tool != "inbox") else ("scan" if tool != "inbox" else "prose")
        return replace(
            bug, label=self._label, product=product, form=form, cve=self._next_cve() if form == "cve" else "", tool=tool
        )

    def _row(self, bug: Bug, tool: str, *, again: bool, drift: int) -> dict[str, Any]:
        placed = bug.form == "scan" and tool != "inbox"
        message = self._scan_words(bug, tool) if placed else self._prose(bug, again=again)
        row: dict[str, Any] = {"ruleId": f"{bug.kind.rule}/{tool}", "message": {"text": message}, "properties": {}}
        if self.random.random() < 0.95:
            number = bug.kind.sibling if again and tool != bug.tool and self.random.random() < 0.3 else bug.kind.cwe
            row["properties"]["tags"] = [f"external/cwe/cwe-{number}"]
        if bug.cve and (not again or self.random.random() < 0.7):
            row["properties"]["cve"] = bug.cve
        if placed:
            row["locations"] = [self._place(bug, tool, drift)]
        if placed and tool == "codewarden":
            row["partialFingerprints"] = {"primaryLocationLineHash": f"{crc32(repr(bug.names).encode()):08x}:1"}
        return row

    def _place(self, bug: Bug, tool: str, drift: int) -> dict[str, Any]:
        root, with_snippet, with_symbol = TOOLS[tool]
        region: dict[str, Any] = {"startLine": max(1, bug.line + drift)}
        if self.random.random() < with_snippet:
            region["snippet"] = {"text": "    " + bug.kind.snippet.format(**bug.names)}
        place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": root + bug.file}, "region": region}}
        if self.random.random() < with_symbol:
            place["logicalLocations"] = [{"fullyQualifiedName": f"{bug.names['owner']}.{bug.names['function']}"}]
        return place

    def _scan_words(self, bug: Bug, tool: str) -> str:
        """A tool says the same of each place, but for a name or two."""
        start = {
            "semscan": "Detected {rule} in a call. Untrusted data from `{param}` flows here; use a safe alternative.",
            "codewarden": "This expression depends on a user-provided value ({rule}).",
            "lintguard": "Possible {rule}: check that {function} receives trusted data only.",
            "taintlab": "{rule}: tainted variable {param} reaches a sink, see the taint trace for each step.",
        }[tool]
        return start.format(rule=bug.kind.rule.replace("-", " "), **bug.names)

    def _prose(self, bug: Bug, *, again: bool) -> str:
        """Title and sentences; the second time in other words, another order, with some left out and one added."""
        kind, words = bug.kind, {"file": bug.file, **bug.names}
        version = self.random.randrange(2) if again else 0
        title = kind.titles[version]
        body = [kind.causes[0], kind.effects[0], *bug.remarks]
        if again:
            if self.random.random() < 0.25:
                body[self.random.randrange(2)] = (kind.causes[1], kind.effects[1])[self.random.randrange(2)]
            if self.random.random() < 0.4:
                body.pop(self.random.randrange(2, len(body)))
            if self.random.random() < 0.3:
                body.append(self.random.choice(REMARKS))
            self.random.shuffle(body)
        text = "\n".join([title, " ".join(body)]).format(**words)
        return self._reword(text) if again else text

    def _reword(self, text: str) -> str:
        return " ".join(
            self.random.choice(SYNONYMS[word]) if word in SYNONYMS and self.random.random() < 0.6 else word
            for word in text.replace("\n", " \n ").split(" ")
        )

    def _names(self) -> dict[str, str]:
        pick = self.random.choice
        noun, other, noun2 = self.random.sample(NAMES, 3)
        return {
            "noun": noun,
            "other": other,
            "noun2": noun2,
            "function": f"{pick(VERBS)}_{pick(NAMES)}",
            "param": f"{pick(NAMES)}_{pick(('id', 'name', 'path', 'text', 'url', 'data'))}",
            "owner": pick(NAMES).title() + pick(("View", "Manager", "Store", "Parser")),
        }

    def _make_files(self) -> list[str]:
        pick = self.random.choice
        return [f"{pick(NAMES)}/{pick(NAMES)}_{pick(('views', 'api', 'models', 'core'))}.py" for _ in range(40)]

    def _make_moves(self) -> list[int]:
        """By how many lines code has moved since the first release, for each release."""
        return list(accumulate(self.random.choice((0, 3, 12, 25)) for _ in range(RELEASES)))

    def _next_cve(self) -> str:
        self._cve += 1
        return f"CVE-2025-{self._cve}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write generated SARIF reports and their truth into a folder.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    truth = []
    for number, report in enumerate(generate(options.count, options.seed)):
        (options.into / f"{number:05d}.sarif").write_bytes(report.body)
        truth.append({"file": f"{number:05d}.sarif", "product": report.product, "bugs": report.truth})
    (options.into / "truth.json").write_text(json.dumps(truth))
    print(f"{options.count} results in {len(truth)} reports")


if __name__ == "__main__":
    main()
