"""Maven, RubyGems, NuGet, Packagist, CRAN and Hackage: tables, the published suites, and the ecosystems' own programs.

The oracles are asked once for many pairs. One that is not installed is skipped, with its name.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import InvalidVersionError, version_key

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SUITES = SHARED / "suites" / "versions"
LINE = re.compile(r"(\S+) ([<=>]) (\S+)").fullmatch

ASCENDING = {
    "Maven": [
        "1-alpha-1-SNAPSHOT",
        "1a1",
        "1-beta",
        "1.0.0-M3",
        "1-cr2",
        "1-SNAPSHOT",
        "1.0.beta-1",
        "1.0",
        "1-sp",
        "1-abc",
        "1-xyz",
        "1-1",
        "1-1.1",
        "1.0.1",
        "1.1",
        "1.10",
    ],
    "RubyGems": ["0.a", "0", "1.0.a.2", "1.0.a.10", "1.0.b1", "1", "1.0.0.1", "1.0.1", "1.2.pre.1", "1.2.a0", "1.2"],
    "NuGet": [
        "1.0.0-ALPHA",
        "1.0.0-alpha.1",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0",
        "1.0.0.1-pre",
        "1.0.0.1",
        "1.0.1",
    ],
    "Packagist": [
        "1.0-dev",
        "1.0-foo",
        "1.0a1",
        "1.0b2",
        "1.0RC1-dev",
        "1.0RC1",
        "v1",
        "1.0pl1",
        "1.0.1",
        "1.x-dev",
        "2010.01.02",
    ],
    "CRAN": ["0.9", "0.75", "1.0", "1.0-0", "1.0-1", "1.0.10"],
    "Hackage": ["0.9", "0.10", "1", "1.0", "1.0.0.1"],
}
ASCENDING["RubyGems"].remove("1.2.pre.1")
ASCENDING["Packagist"][:2] = ["1.0-foo", "1.0-dev"]

SAME = {
    "Maven": [
        ("1", "1.0.0"),
        ("1.0", "1-ga"),
        ("1a1", "1-ALPHA-1"),
        ("1.0.0-rc1", "1-CR-1"),
        ("1.x", "1-x"),
        ("1-0", "1.Final"),
    ],
    "RubyGems": [("1", "1.0.0"), ("1.0.a2", "1.0.a.2"), ("1-a", "1.pre.a"), ("1.a.0", "1.a"), ("01", "1")],
    "NuGet": [("1.0", "1.0.0.0"), ("1.0.0-BETA+x", "1.0.0-beta"), ("1.0.01", "v1.0.1")],
    "Packagist": [
        ("1", "1.0.0.0"),
        ("v1.0-BETA2", "1.0.0b2"),
        ("1.0-stable", "1"),
        ("1.2.x-dev", "1.2.*-dev"),
        ("1+b", "1"),
    ],
    "CRAN": [("1.0-1", "1.0.1"), ("01.2", "1.2")],
    "Hackage": [("01.2", "1.2")],
}
NO_VERSIONS = {
    "Maven": ["", "1 0", "1.0\n", "ü"],
    "RubyGems": ["", "a", "1gamma", "1.0_1", "1..0", "1 0"],
    "NuGet": ["", "1.2.3.4.5", "1.a", "1.0-", "1.0-a..b", "1 0"],
    "Packagist": ["", "dev-main", "master", "1.2.#", "1 0"],
    "CRAN": ["", "1.a", "1..0", "1.0_1", "1 0"],
    "Hackage": ["", "1.0-1", "1.a", "1 0"],
}

# Where the published suite and the ecosystem's own program disagree, the program is right; the oracle tests below hold
# it to that. Maven: the suite follows releases before 3.8.7, which told `.x` from `-x`. RubyGems refuses `1gamma`.
# Packagist: the suite compares raw text as PHP does, Composer its normal form; `#` is equal to versions that differ.
REFUSED = {"1gamma", "1.2.3.#", "1.2.3.#.1", "1.2.3.#.p3", "1.2.3.#.beta"}
CONTRADICTED = {
    ("1.0.0-gradle-rework-beta3", "1.0.0.RC7-3"),
    ("6.1.12.rc5", "6.1.12rc1"),
    ("1.2.8.sec10_noneautotype", "1.2.8_noneautotype"),
    ("1.2.60.sec10", "1.2.60_noneautotype"),
    ("1.5.9.RC1", "1.5.9-RC0"),
    ("1.1.0-01-glassfish", "1.1.0.Beta1"),
    ("1-1", "1-ga-1"),
    ("v4-beta4", "v4.0-alpha"),
    ("5.1.0-stable", "5.1.0-beta2"),
    ("v6.5", "v6.5.0-beta-0"),
    ("1.0.0", "1.0"),
}
SUITE_OF = {
    "maven": "Maven",
    "rubygems": "RubyGems",
    "nuget": "NuGet",
    "packagist": "Packagist",
    "cran": "CRAN",
    "hackage": "Hackage",
}


def sign(ecosystem: str, left: str, right: str) -> str:
    one, other = version_key(ecosystem, left), version_key(ecosystem, right)
    return "<" if one < other else ">" if one > other else "="


def suite(name: str) -> list[tuple[str, str, str]]:
    lines = [line for path in sorted(SUITES.glob(f"{name}-versions*.txt")) for line in path.read_text().splitlines()]
    return [match.group(1, 2, 3) for line in lines if (match := LINE(line.strip()))]


@pytest.mark.parametrize("ecosystem", ASCENDING)
def test_keys_ascend(ecosystem: str) -> None:
    wrong = [(a, b) for a, b in pairwise(ASCENDING[ecosystem]) if sign(ecosystem, a, b) != "<"]
    assert not wrong


@pytest.mark.parametrize(("ecosystem", "pair"), [(name, pair) for name, pairs in SAME.items() for pair in pairs])
def test_spellings_of_one_version_have_one_key(ecosystem: str, pair: tuple[str, str]) -> None:
    assert sign(ecosystem, *pair) == "="


@pytest.mark.parametrize(("ecosystem", "text"), [(name, text) for name, texts in NO_VERSIONS.items() for text in texts])
def test_what_the_ecosystem_refuses_is_refused(ecosystem: str, text: str) -> None:
    with pytest.raises(InvalidVersionError):
        version_key(ecosystem, text)


@pytest.mark.skipif(not SUITES.exists(), reason="the published suites are not here")
@pytest.mark.parametrize("name", SUITE_OF)
def test_the_published_suite_holds(name: str) -> None:
    pairs = suite(name)
    assert pairs
    wrong = [
        (left, expected, right)
        for left, expected, right in pairs
        if not REFUSED & {left, right}
        and (sign(SUITE_OF[name], left, right) == expected) is ((left, right) in CONTRADICTED)
    ]
    assert not wrong


# --- oracles

MAVEN_JARS = [Path("/usr/share/java/maven-artifact-3.x.jar"), Path("/usr/share/java/commons-lang3.jar")]
COMPOSER = Path("/usr/share/php/Composer/Semver/autoload.php")
JAVA = """
import java.io.*;
import org.apache.maven.artifact.versioning.ComparableVersion;
public class Signs {
  public static void main(String[] a) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      String[] pair = line.split("\\t", -1);
      System.out.println(Integer.signum(new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]))));
    }
  }
}
"""
RUBY = 'STDIN.each_line { |l| a, b = l.chomp.split("\\t"); puts(Gem::Version.new(a) <=> Gem::Version.new(b)) }'
PHP = f"""
require "{COMPOSER}";
use Composer\\Semver\\VersionParser;
$parser = new VersionParser();
while (($line = fgets(STDIN)) !== false) {{
  [$a, $b] = explode("\\t", trim($line));
  try {{ echo version_compare($parser->normalize($a), $parser->normalize($b)), "\\n"; }}
  catch (\\UnexpectedValueException $e) {{ echo "refused\\n"; }}
}}
"""


def ask(command: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[str]:
    lines = "".join(f"{a}\t{b}\n" for a, b in pairs)
    answer = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.split()
    return [{"-1": "<", "0": "=", "1": ">"}.get(word, word) for word in answer]


def some_pairs(name: str, own: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of the suite's versions and our own tables: neighbours, and many at random."""
    versions = (
        sorted({text for left, _, right in suite(name) for text in (left, right)} - REFUSED) if SUITES.exists() else []
    )
    versions = [*own, *versions]
    chance = random.Random(7)
    return [*pairwise(versions), *((chance.choice(versions), chance.choice(versions)) for _ in range(20_000))]


def made_up(seed: int, parts: Sequence[str], count: int = 4_000) -> list[tuple[str, str]]:
    """Pairs put together from the words and separators that the ecosystem's order looks at."""
    chance = random.Random(seed)

    def version() -> str:
        return str(chance.randrange(3)) + "".join(chance.choices(parts, k=chance.randrange(5)))

    return [(version(), version()) for _ in range(count)]


def is_intransitive(left: str, right: str) -> bool:
    """Whether a pair is of the kind that Maven's own comparison is inconsistent about: see `maven.py`."""
    return any(re.search(r"\.0*\.?[a-z_]+[.-]|-0", text.lower()) for text in (left, right))


@pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("javac") and all(jar.exists() for jar in MAVEN_JARS)),
    reason="Maven's artifact library is not installed (Debian: libmaven3-core-java and a JDK)",
)
def test_maven_agrees(tmp_path: Path) -> None:
    source = tmp_path / "Signs.java"
    source.write_text(JAVA)
    pairs = some_pairs("maven", ASCENDING["Maven"])
    pairs += [pair for pair in CONTRADICTED if not pair[0].startswith("v")]
    pairs += made_up(1, [".1", "-1", ".0", "-alpha", "-rc2", "b3", "-SNAPSHOT", ".Final", "-sp", ".x", "-x1", "m1"])
    said = ask(["java", "-cp", ":".join(map(str, MAVEN_JARS)), str(source)], pairs)
    wrong = [(a, b, theirs) for (a, b), theirs in zip(pairs, said, strict=True) if sign("Maven", a, b) != theirs]
    unexplained = [case for case in wrong if not is_intransitive(case[0], case[1])]
    assert not unexplained
    if SUITES.exists():  # of real versions hardly any are of that kind
        assert len(wrong) < len(pairs) / 100


@pytest.mark.skipif(not shutil.which("ruby"), reason="Ruby is not installed")
def test_rubygems_agrees() -> None:
    pairs = some_pairs("rubygems", ASCENDING["RubyGems"])
    pairs += made_up(2, [".0", ".1", ".a", ".b2", "-1", ".0.0", ".pre", ".10", "-rc.1"])
    said = ask(["ruby", "-e", RUBY], pairs)
    assert [(a, b) for (a, b), theirs in zip(pairs, said, strict=True) if sign("RubyGems", a, b) != theirs] == []


@pytest.mark.skipif(
    not (shutil.which("php") and COMPOSER.exists()), reason="Composer's semver library is not installed"
)
def test_composer_agrees(tmp_path: Path) -> None:
    script = tmp_path / "signs.php"
    script.write_text("<?php" + PHP)
    pairs = some_pairs("packagist", ASCENDING["Packagist"])
    pairs += made_up(3, [".0", ".1", "-beta", "RC2", "-dev", "alpha.3", "pl1", ".12", "-stable", "-patch2"])
    said = ask(["php", str(script)], pairs)
    assert said.count("refused") < len(pairs) / 2
    wrong = [
        (a, b, theirs)
        for (a, b), theirs in zip(pairs, said, strict=True)
        if theirs != "refused" and sign("Packagist", a, b) != theirs
    ]
    assert wrong == []


# --- laws against a slow telling of the rules


def gem_sign(left: str, right: str) -> str:
    """`Gem::Version#<=>`, told as it is written."""
    sides = []
    for text in (left, right):
        segments = [int(s) if s.isdigit() else s for s in re.findall(r"[0-9]+|[a-z]+", text.replace("-", ".pre."))]
        cut = next((n for n, s in enumerate(segments) if isinstance(s, str)), len(segments))
        head, tail = segments[:cut], segments[cut:]
        for part in (head, tail):
            while part and part[-1] == 0:
                part.pop()
        sides.append([*head, *tail])
    for place in range(max(map(len, sides))):
        one, other = (side[place] if place < len(side) else 0 for side in sides)
        if one == other:
            continue
        if isinstance(one, str) != isinstance(other, str):
            return "<" if isinstance(one, str) else ">"
        return "<" if one < other else ">"  # type: ignore[operator]
    return "="


_gem = st.lists(st.sampled_from(["0", "0", "1", "2", "10", "a", "b", "a1"]), max_size=5).map(
    lambda parts: ".".join(["1", *parts])
)


@given(_gem, _gem)
def test_gem_keys_are_the_rules(left: str, right: str) -> None:
    assert sign("RubyGems", left, right) == gem_sign(left, right)


_numbers = st.lists(st.integers(0, 10**20), min_size=1, max_size=6)


@given(_numbers, _numbers)
def test_lists_of_numbers_compare_as_lists(left: list[int], right: list[int]) -> None:
    expected = "<" if left < right else ">" if left > right else "="
    for ecosystem, separator in (("CRAN", "-"), ("CRAN", "."), ("Hackage", ".")):
        texts = [separator.join(map(str, numbers)) for numbers in (left, right)]
        assert sign(ecosystem, *texts) == expected
