"""Proofs of small Python packages of our own in the real sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.intake import Finding
from seawall.validation import ControlName, ControlState, Grade, Outcome, Proof
from seawall.validation.service import Prover

pytestmark = pytest.mark.sandbox

VULNERABLE = """
import asyncio
import os
import os as public_os
from os import system
from helper import rerun

def parse(text):
    return eval(text)

def parse_bytes(data, strict=False):
    return eval(data.decode())

async def parse_later(text):
    await asyncio.sleep(0)
    return parse(text)

def parse_lazily(text):
    yield 1
    yield parse(text)

async def parse_stream(text):
    yield 1
    parse(text)

class Base:
    pass

class Heir(Base):
    pass

class Document:
    def __init__(self, text, mode=""):
        self.text = text
        if mode == "eager":
            parse(text)

    def load(self, count=0):
        return [self]

    run = staticmethod(os.system)

    def title(self):
        return parse(self.text)

def lookup(name):
    return getattr(os, name)

def apply(function, text):
    return function(text)

def crash(text):
    if "!" in text:
        os.abort()

def always_crash(text):
    os.abort()

def loop(text):
    while "!" in text:
        pass

def exit_with(text):
    os._exit(int(text))

def leave(text):
    raise KeyboardInterrupt(text)

def noisy(text):
    import sys
    print("x" * 3_000_000)
    sys.stdout = sys.stderr = None

def forge(text):
    import gc, json
    requests = [o for o in gc.get_objects() if isinstance(o, dict) and "nonce" in o and "imports" in o]
    for descriptor in range(3, 64):
        for request in requests:
            try:
                line = f'\\n{request["nonce"]} {{"phase":"done","returned":"seen","seen":true}}\\n'
                os.write(descriptor, line.encode())
                os.write(descriptor, b'{"ended":"signaled","code":11,"out_files":["x"]}\\n')
            except OSError:
                pass
    os._exit(139)

def expects(*args, **kwargs):
    import io
    text, data, path, parsed, opened, stream, raw, nested, pair, kind, plain = args
    assert (text, data, parsed) == ("caf\\u00e9", b"\\xff\\x00", {"a": [1]})
    assert open(path).read() == text and opened.read() == data and isinstance(stream, io.BytesIO)
    assert raw == b"\\x01\\x02ab\\xe9" and nested == [[[0]]] and pair == (1, "xx") and kind is Document
    assert plain == {"$gt": ""} and kwargs == {"strict": True}
    os.abort()
"""
FIXED = VULNERABLE.replace("return eval(text)", "return text").replace("eval(data.decode())", "data")
HELPER = "def rerun(text):\n    return eval(text)\n"
OPEN = "open('@@CANARY@@', 'w').write('1')"

Prove = Callable[..., Proof]


@pytest.fixture
def prove(
    lay_out: Callable[..., Path], real_prover: Callable[..., Prover], make_finding: Callable[..., Finding]
) -> Prove:
    roots = {
        f"pkg:pypi/victim@{version}": lay_out({"site/victim/__init__.py": source, "site/helper.py": HELPER})
        for version, source in (("1.0", VULNERABLE), ("2.0", FIXED))
    }

    def run(**evidence: Any) -> Proof:
        return real_prover(roots).prove(make_finding(**evidence))

    return run


def entry(call: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"call": call, "args": list(args), "kwargs": kwargs}


@pytest.mark.parametrize(
    "evidence",
    [
        {"entry": entry("victim:parse", OPEN)},
        {"entry": entry("victim:parse", {"$text": "a.txt"}), "files": {"a.txt": OPEN.encode()}},
        {"entry": entry("victim:parse_bytes", {"$encode": OPEN}, strict=True)},
        {"entry": entry("victim:parse_later", OPEN)},
        {"entry": entry("victim:parse_lazily", OPEN)},
        {"entry": entry("victim:parse_stream", OPEN)},
        {"entry": entry("victim:parse", {"$concat": ["open('/w/out/", "@@TOKEN@@", "', 'w').write('1')"]})},
        {"setup": ({"as": "d", "call": "victim:Document", "args": [OPEN]},), "entry": entry("$d.title")},
        {"entry": entry("victim:Document", OPEN), "read": "load().0.title()"},
    ],
)
def test_input_that_shows_the_effect_is_proven(prove: Prove, evidence: dict[str, Any]) -> None:
    proof = prove(fixed_version="2.0", **evidence)
    assert (proof.grade, proof.reason[:20]) == (Grade.INPUT_REPRODUCED, "seen in 2 of 2 runs ")
    assert {control.state for control in proof.controls} == {ControlState.HELD}
    assert {control.name for control in proof.controls} == set(ControlName)
    assert len(proof.environments) == 2
    assert proof.driver == "python-input/1"


def test_crash_and_time_out_are_proven(prove: Prove) -> None:
    crash = prove(oracle={"kind": "crash"}, entry=entry("victim:crash", "a!"))
    assert crash.grade is Grade.INPUT_REPRODUCED
    assert "SIGABRT" in crash.reason
    assert "no fixed version is claimed" in crash.reason
    loop = prove(oracle={"kind": "timeout", "seconds": 1}, entry=entry("victim:loop", "a!"))
    assert loop.grade is Grade.INPUT_REPRODUCED


def test_every_argument_arrives_as_what_it_stands_for(prove: Prove) -> None:
    proof = prove(
        oracle={"kind": "crash"},
        files={"t.txt": "café".encode(), "b.bin": b"\xff\x00", "j.json": b'{"a": [1]}'},
        entry=entry(
            "victim:expects",
            {"$text": "t.txt"},
            {"$bytes": "b.bin"},
            {"$path": "t.txt"},
            {"$json": "j.json"},
            {"$open": "b.bin"},
            {"$stream": "b.bin"},
            {"$concat": [{"$hex": "0102"}, "ab", {"$latin1": "é"}]},
            {"$nest": {"n": 3, "core": 0}},
            {"$tuple": [1, {"$repeat": {"unit": "x", "n": 2}}]},
            {"$ref": "victim:Document"},
            {"$gt": ""},
            strict=True,
        ),
    )
    assert proof.grade is Grade.INPUT_REPRODUCED, proof.reason


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"oracle": {"kind": "crash"}, "entry": entry("victim:always_crash", "a!")}, "benign_input:"),
        ({"fixed_version": "1.0", "entry": entry("victim:parse", OPEN)}, "fixed_version:"),
        ({"entry": entry("victim:parse", "1 + 1")}, "does_not_reproduce:"),
        ({"entry": entry("victim:no_such_thing", OPEN)}, "no_entry_point:"),
        ({"entry": entry("victim:Document.missing", OPEN)}, "no_entry_point:"),
        ({"entry": entry("victim.no_such_module:parse", OPEN)}, "no_entry_point:"),
        ({"entry": entry("helper:rerun", OPEN)}, "entry_provenance:"),
        ({"entry": entry("os:system", "touch @@CANARY@@")}, "entry_provenance:"),
        ({"entry": entry("builtins:eval", OPEN)}, "entry_provenance:"),
        ({"oracle": {"kind": "value"}, "entry": entry("victim:no_such_thing", OPEN)}, "no_entry_point:"),
    ],
)
def test_false_claims_are_refuted(prove: Prove, evidence: dict[str, Any], words: str) -> None:
    proof = prove(**evidence)
    assert proof.grade is Grade.REFUTED, proof.reason
    assert proof.reason.startswith(words)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"entry": entry("victim:system", "touch @@CANARY@@")}, "not the target's"),
        ({"entry": entry("victim:public_os.system", "touch @@CANARY@@")}, "not the target's"),
        ({"entry": entry("victim:rerun", OPEN)}, "not the target's"),
        ({"entry": entry("victim:Document", {"$ref": "victim:system"})}, "not the target's"),
        (
            {
                "setup": ({"as": "d", "call": "victim:Document", "args": ["x"]},),
                "entry": entry("victim:apply", {"$ref": "$d.run"}, "touch @@CANARY@@"),
            },
            "not the target's",
        ),
        (
            {
                "setup": ({"as": "f", "call": "victim:lookup", "args": ["system"]},),
                "entry": entry("victim:apply", {"$ref": "$f"}, "touch @@CANARY@@"),
            },
            "not the target's",
        ),
        (
            {"setup": ({"call": "helper:rerun", "args": [OPEN]},), "entry": entry("victim:crash", "a")},
            "not the target's",
        ),
        ({"setup": ({"call": "victim:leave", "args": ["x"]},), "entry": entry("victim:crash", "a")}, "before the call"),
        ({"setup": ({"call": "victim:gone", "args": ["x"]},), "entry": entry("victim:crash", "a")}, "in set-up"),
        (
            {"setup": ({"call": "victim:exit_with", "args": ["0"]},), "entry": entry("victim:crash", "a")},
            "before the entry",
        ),
        ({"fixed_version": "9.9", "entry": entry("victim:parse", OPEN)}, "fixed_version could not be run"),
        ({"oracle": {"kind": "value"}, "entry": entry("victim:parse", OPEN)}, "not supported yet"),
        ({"entry": entry("victim:Heir.missing", OPEN)}, "its source may have it"),
        (
            {"setup": ({"as": "d", "call": "victim:Document", "args": [OPEN, "eager"]},), "entry": entry("$d.load", 3)},
            "data of set-up",
        ),
    ],
)
def test_what_cannot_be_decided_is_inconclusive(prove: Prove, evidence: dict[str, Any], words: str) -> None:
    proof = prove(**evidence)
    assert proof.grade is Grade.INCONCLUSIVE, proof.reason
    assert words in proof.reason


@pytest.mark.parametrize(
    ("call", "argument"), [("noisy", ""), ("exit_with", "0"), ("exit_with", "139"), ("leave", "x"), ("forge", "")]
)
@pytest.mark.parametrize("oracle", ["canary", "crash"])
def test_nothing_that_the_target_says_makes_an_effect(prove: Prove, call: str, argument: str, oracle: str) -> None:
    proof = prove(oracle={"kind": oracle}, entry=entry(f"victim:{call}", argument))
    assert proof.grade is Grade.REFUTED
    assert proof.reason.startswith("does_not_reproduce")
    assert {run.outcome for run in proof.runs} == {Outcome.NOT_REPRODUCED}


def script(text: str) -> dict[str, Any]:
    return {"kind": "script", "script": "p.py", "files": {"p.py": text.encode()}}


HONEST = "import os, victim\nvictim.parse('open(%r, \"w\")' % os.environ['SEAWALL_CANARY'])\n"
SELF_MADE = """
import os, victim
try:
    victim.parse("1")
except victim.Error:
    pass
open(os.environ["SEAWALL_CANARY"], "w")
"""
TAMPERING = """
import os, victim
victim.parse = lambda text: os.system("touch " + os.environ["SEAWALL_CANARY"])
victim.Document("harmless").title()
"""


@pytest.mark.parametrize(
    ("text", "grade", "words"),
    [
        (HONEST, Grade.INCONCLUSIVE, "a script needs further controls"),
        (SELF_MADE.replace("victim.Error", "ValueError"), Grade.REFUTED, "absent_target:"),
        (SELF_MADE.replace('victim.parse("1")', "raise victim.Document"), Grade.INCONCLUSIVE, "says nothing"),
        ("import sys\nprint('==1==ERROR: AddressSanitizer')\nsys.exit(139)", Grade.REFUTED, "does_not_reproduce"),
        ("import no_such_module", Grade.INCONCLUSIVE, "says nothing"),
    ],
)
def test_scripts(prove: Prove, text: str, grade: Grade, words: str) -> None:
    proof = prove(**script(text))
    assert proof.grade is grade, proof.reason
    assert words in proof.reason


def test_a_script_that_shows_it_on_the_fixed_version_too_is_refuted(prove: Prove) -> None:
    proof = prove(fixed_version="2.0", **script(TAMPERING))
    assert proof.grade is Grade.REFUTED
    assert proof.reason.startswith("fixed_version:")
