# ruff: noqa: T201 - figures are printed for who measures
"""How right `compare` is on real names: the vendors and products of CISA's CSAF advisories, with noise put in.

Labels do not come from the code under test:

- *same*: a product's name and the same name after a transformation that people and tools make (legal form, trademark
  sign, underscores, version and architecture in the name, vendor left out, a slip of the pen …).
- *different*: two names that one advisory lists side by side in its product tree. The publisher tells them apart. The
  same pairs again with noise on one side.

Printed with `pytest -s`. `docs/products.md` states the figures of all names (`SEAWALL_NAMES=0`); the test takes a
sample.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.remediation.model import Confidence, ProductName
from seawall.remediation.products import candidate_tokens, compare, parse_cpe

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3].parent / "shared"))
CSAF = SHARED / "data" / "csaf" / "cisa.ndjson.zst"
pytestmark = pytest.mark.skipif(not CSAF.is_file(), reason="needs the shared data")

Named = tuple[str, str]
SAMPLE = int(os.environ.get("SEAWALL_NAMES", "1200"))
"""Names that are changed, and fewer pairs of siblings of each advisory; 0: all."""
EXACT, PROBABLE, POSSIBLE = Confidence.EXACT, Confidence.PROBABLE, Confidence.POSSIBLE
RANK = {EXACT: 3, PROBABLE: 2, POSSIBLE: 1, None: 0}


def _slip(text: str, rng: random.Random) -> str:
    """Swap two letters inside the longest word, if it is a word and no model: models that differ are others."""
    word = max((word for word in text.split() if word.isalpha() and not word.isupper()), key=len, default="")
    if len(word) < 8:
        return text
    place = rng.randrange(1, max(len(word) - 2, 2))
    slipped = word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]
    return text.replace(word, slipped, 1)


NOISE: dict[str, tuple[Confidence, Callable[[Named, random.Random], Named]]] = {
    "case": (EXACT, lambda n, r: (n[0].upper(), n[1].lower())),
    "white space": (EXACT, lambda n, r: (f" {n[0]} ", n[1].replace(" ", "  "))),
    "legal form": (
        PROBABLE,
        lambda n, r: (f"{n[0]}{r.choice([', Inc.', ' GmbH', ' Co., Ltd.', ' AG', ' LLC'])}", n[1]),
    ),
    "trademark": (PROBABLE, lambda n, r: (n[0], n[1].replace(" ", "® ", 1) if " " in n[1] else f"{n[1]}™")),
    "underscores": (PROBABLE, lambda n, r: (n[0].lower().replace(" ", "_"), n[1].lower().replace(" ", "_"))),
    "vendor in product": (PROBABLE, lambda n, r: (n[0], f"{n[0]} {n[1]}")),
    "vendor only in product": (PROBABLE, lambda n, r: ("", f"{n[0]} {n[1]}")),
    "version and build": (
        PROBABLE,
        lambda n, r: (n[0], f"{n[1]} {r.randrange(1, 30)}.{r.randrange(9)}.{r.randrange(999)} (x64 en-US)"),
    ),
    "firmware": (PROBABLE, lambda n, r: (n[0], f"{n[1]} Firmware")),
    "series": (PROBABLE, lambda n, r: (n[0], f"{n[1]} Series")),
    "no vendor": (POSSIBLE, lambda n, r: ("", n[1])),
    "other vendor text": (POSSIBLE, lambda n, r: ("unknown", n[1])),
    "one more word": (POSSIBLE, lambda n, r: (n[0], f"{n[1]} Plus")),
    "slip of the pen": (POSSIBLE, lambda n, r: (n[0], _slip(n[1], r))),
}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@pytest.fixture(scope="module")
def advisories() -> list[list[Named]]:
    """The products of each advisory, read with nothing of the code under test."""
    zstandard = pytest.importorskip("zstandard")
    found = []
    with CSAF.open("rb") as stream:
        for line in zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines():
            tree: dict[str, Any] = json.loads(line).get("product_tree", {})
            named = {
                (_plain(vendor["name"]), _plain(product["name"])): (vendor["name"].strip(), product["name"].strip())
                for vendor in tree.get("branches", [])
                for product in vendor.get("branches", [])
                if product["category"] == "product_name" and not vendor["name"].startswith("multiple")
            }
            found.append([named[key] for key in sorted(named)])
    return found


def _told(installed: Named, recorded: Named) -> Confidence | None:
    found = compare(ProductName(*installed), ProductName(*recorded))
    if found is not None:
        shared = set(candidate_tokens(ProductName(*installed))) & set(candidate_tokens(ProductName(*recorded)))
        assert shared, (installed, recorded)
    return found.confidence if found else None


def test_precision_and_recall(advisories: list[list[Named]]) -> None:
    rng = random.Random(14)
    names = sorted({name for listed in advisories for name in listed})
    names = rng.sample(names, SAMPLE) if SAMPLE else names
    same: dict[str, Counter[Confidence | None]] = defaultdict(Counter)
    for name in names:
        for noise, (_, change) in NOISE.items():
            same[noise][_told(change(name, rng), name)] += 1

    different: Counter[Confidence | None] = Counter()
    noisy: Counter[Confidence | None] = Counter()
    noises = [change for expected, change in NOISE.values() if expected is not POSSIBLE]
    for listed in advisories:
        siblings = list(itertools.permutations(listed, 2))
        most = 30 if SAMPLE else 400
        for one, other in siblings if len(siblings) <= most else rng.sample(siblings, most):
            different[_told(one, other)] += 1
            noisy[_told(rng.choice(noises)(one, rng), other)] += 1

    print(f"\n{len(names)} names; {sum(different.values())} pairs of siblings, and as many with noise")
    for noise, counts in same.items():
        expected = NOISE[noise][0]
        reached = sum(count for level, count in counts.items() if RANK[level] >= RANK[expected]) / len(names)
        print(f"  {noise:24} at least {expected.value:9} {reached:7.2%}   {dict(counts)}")
        assert reached >= (1.0 if expected is EXACT else 0.93 if expected is PROBABLE else 0.6), noise
    print("  siblings", dict(different), "with noise", dict(noisy))
    for level in (EXACT, PROBABLE, POSSIBLE):
        right = sum(counts[level] for counts in same.values())
        wrong = different[level] + noisy[level]
        print(f"  {level.value:9} precision {right / (right + wrong):.4f} ({right} right, {wrong} wrong)")
    total = sum(counts.total() for counts in same.values())
    print(f"  recall of anything {1 - sum(counts[None] for counts in same.values()) / total:.4f}")
    assert different[EXACT] == noisy[EXACT] == 0
    right = sum(counts[PROBABLE] for counts in same.values())
    assert right / (right + different[PROBABLE] + noisy[PROBABLE]) >= 0.98


def test_names_of_one_text_are_told_by_cpe_vendor_pairs(advisories: list[list[Named]]) -> None:
    """A name written as a CPE is recognised as the name that it was made of, and never as exact."""
    seen: Counter[Confidence | None] = Counter()
    for vendor, product in sorted({name for listed in advisories for name in listed}):
        bound = "cpe:2.3:a:{}:{}:*:*:*:*:*:*:*:*".format(
            *(
                "".join(
                    char if char.isalnum() and char.isascii() else "_" if char == " " else f"\\{char}"
                    for char in text.lower()
                )
                for text in (vendor, product)
            )
        )
        if parse_cpe(bound) is None:
            continue
        found = compare(ProductName("", "", bound), ProductName(vendor, product))
        seen[found.confidence if found else None] += 1
    print(f"\n  written as CPE: {dict(seen)}")
    assert seen[EXACT] == 0
    assert seen[PROBABLE] / seen.total() >= 0.97


def test_tokens_of_real_names_are_selective(advisories: list[list[Named]]) -> None:
    names = sorted({name for listed in advisories for name in listed})
    tokens = {name: candidate_tokens(ProductName(*name)) for name in names}
    holders = Counter(token for listed in tokens.values() for token in listed)
    asked = [sum(holders[token] for token in listed) for listed in tokens.values()]
    print(
        f"\n  {sum(map(len, tokens.values())) / len(names):.1f} tokens a name; "
        f"{sum(asked) / len(asked):.0f} candidates on average"
    )
    assert sum(map(len, tokens.values())) / len(names) < 10
    assert max(holders.values()) < len(names) / 20
    assert sum(asked) / len(asked) < 120
