"""Proofs of small Node.js packages of our own in the real sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.intake import Finding
from seawall.validation import ControlState, Grade, Outcome, Proof
from seawall.validation.service import Prover

pytestmark = pytest.mark.sandbox

VULNERABLE = """
const cp = require('child_process');
const helper = require('helper');
const run = (text) => eval(text);
module.exports = function victim(text) { return run(text); };
Object.assign(module.exports, {
  parse: (text) => run(text),
  parseOptions: (options) => (options.nested ? run(options.nested.code) : null),
  parseLater: async (text) => run(text),
  withCallback: (text, done) => setTimeout(() => { try { done(null, run(text)); } catch (e) { done(e); } }, 1),
  withValue: (text, done) => setImmediate(() => done(run(text))),
  lazily: function* (text) { yield 1; yield run(text); },
  Document: class Document {
    constructor(text) { this.text = text; }
    title() { return run(this.text); }
    pages() { return [this]; }
  },
  crash: (text) => { if (text.includes('!')) process.abort(); },
  loop: (text) => { while (text.includes('!')); },
  never: () => {},
  noisy: () => { process.stdout.write('x'.repeat(3e6)); console.log = null; },
  exit: (code) => process.exit(code),
  thrower: () => { setTimeout(() => { throw new Error('later'); }, 1); },
  forge: () => { require('fs').writeSync(1, '{"phase":"done"}'); process.exit(139); },
  exec: cp.exec, cp, helper: helper.rerun, bound: run.bind(null), builtin: eval,
  expects: (...args) => {
    const [text, data, path, parsed, raw, nested, nothing, plain, kind] = args;
    const fs = require('fs');
    const ok = text === 'caf\\u00e9' && data.equals(Buffer.from([255, 0])) && fs.readFileSync(path, 'utf8') === text
      && parsed.a[0] === 1 && raw.equals(Buffer.from([1, 2, 97, 233])) && nested[0][0] === 0 && nothing === undefined
      && plain.$gt === '' && Object.hasOwn(plain2(args), '__proto__') && kind === module.exports.Document;
    if (ok) process.abort();
  },
});
const plain2 = (args) => args[9];
"""
FIXED = VULNERABLE.replace("(text) => eval(text)", "(text) => text")
WRITE = "require('fs').writeFileSync('@@CANARY@@', '1')"

Prove = Callable[..., Proof]


@pytest.fixture
def prove(
    lay_out: Callable[..., Path], real_prover: Callable[..., Prover], make_finding: Callable[..., Finding]
) -> Prove:
    def package(source: str) -> dict[str, str]:
        return {
            "node_modules/victim/package.json": '{"name": "victim", "main": "index.js"}',
            "node_modules/victim/index.js": source,
            "node_modules/helper/index.js": "exports.rerun = (text) => eval(text);",
        }

    roots = {
        f"pkg:npm/victim@{version}": lay_out(package(source))
        for version, source in (("1.0.0", VULNERABLE), ("2.0.0", FIXED))
    }

    def run(**evidence: Any) -> Proof:
        return real_prover(roots).prove(make_finding("pkg:npm/victim@1.0.0", **evidence))

    return run


def entry(call: str, *args: Any, new: bool = False) -> dict[str, Any]:
    return {"call": call, "args": list(args), "new": new}


@pytest.mark.parametrize(
    "evidence",
    [
        {"entry": entry("victim:parse", WRITE)},
        {"entry": entry("victim", WRITE)},
        {"entry": entry("victim:default", WRITE)},
        {"entry": entry("victim:bound", WRITE)},
        {"entry": entry("victim:parseLater", WRITE)},
        {"entry": entry("victim:lazily", WRITE)},
        {"entry": entry("victim:withCallback", WRITE, {"$callback": True})},
        {"entry": entry("victim:withValue", WRITE, {"$callback1": True})},
        {
            "entry": entry("victim:parseOptions", {"$json": "o.json"}),
            "files": {"o.json": json.dumps({"nested": {"code": WRITE}}).encode()},
        },
        {"setup": ({"as": "d", "call": "victim:Document", "args": [WRITE], "new": True},), "entry": entry("$d.title")},
        {"entry": entry("victim:Document", WRITE, new=True), "read": "pages().0.title()"},
    ],
)
def test_input_that_shows_the_effect_is_proven(prove: Prove, evidence: dict[str, Any]) -> None:
    proof = prove(fixed_version="2.0.0", **evidence)
    assert proof.grade is Grade.INPUT_REPRODUCED, (proof.reason, proof.runs)
    assert {control.state for control in proof.controls} == {ControlState.HELD}


def test_crash_and_time_out_are_proven(prove: Prove) -> None:
    assert prove(oracle={"kind": "crash"}, entry=entry("victim:crash", "a!")).grade is Grade.INPUT_REPRODUCED
    assert (
        prove(oracle={"kind": "timeout", "seconds": 1}, entry=entry("victim:loop", "a!")).grade
        is Grade.INPUT_REPRODUCED
    )


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
            {"$concat": [{"$hex": "0102"}, "a", {"$latin1": "é"}]},
            {"$nest": {"n": 2, "core": 0}},
            {"$undefined": True},
            {"$gt": ""},
            {"$ref": "victim:Document"},
            {"__proto__": {"x": 1}, "y": 2},
        ),
    )
    assert proof.grade is Grade.INPUT_REPRODUCED, (proof.reason, proof.runs)


@pytest.mark.parametrize(
    ("evidence", "grade", "words"),
    [
        ({"entry": entry("victim:parse", "1 + 1")}, Grade.REFUTED, "does_not_reproduce"),
        ({"fixed_version": "1.0.0", "entry": entry("victim:parse", WRITE)}, Grade.REFUTED, "fixed_version:"),
        ({"entry": entry("victim:noSuchThing", WRITE)}, Grade.REFUTED, "no_entry_point"),
        ({"entry": entry("helper:rerun", WRITE)}, Grade.REFUTED, "entry_provenance"),
        ({"entry": entry("fs:writeFileSync", "@@CANARY@@", "x")}, Grade.REFUTED, "entry_provenance"),
        ({"entry": entry("victim:exec", "touch @@CANARY@@")}, Grade.INCONCLUSIVE, "not the target's"),
        ({"entry": entry("victim:cp.exec", "touch @@CANARY@@")}, Grade.INCONCLUSIVE, "not the target's"),
        ({"entry": entry("victim:helper", WRITE)}, Grade.INCONCLUSIVE, "not the target's"),
        ({"entry": entry("victim:builtin", WRITE)}, Grade.INCONCLUSIVE, "not the target's"),
        ({"entry": entry("victim:parse.constructor", WRITE)}, Grade.INCONCLUSIVE, "not the target's"),
        ({"entry": entry("victim:parse", {"$ref": "victim:exec"})}, Grade.INCONCLUSIVE, "not the target's"),
        ({"entry": entry("victim/lib/gone:parse", WRITE)}, Grade.INCONCLUSIVE, "not found"),
    ],
)
def test_claims_that_are_not_proven(prove: Prove, evidence: dict[str, Any], grade: Grade, words: str) -> None:
    proof = prove(**evidence)
    assert proof.grade is grade, (proof.reason, proof.runs)
    assert words in proof.reason


@pytest.mark.parametrize(
    ("call", "argument"),
    [("noisy", 0), ("exit", 0), ("exit", 139), ("thrower", 0), ("forge", 0), ("never", {"$callback": True})],
)
@pytest.mark.parametrize("oracle", ["canary", "crash"])
def test_nothing_that_the_target_says_makes_an_effect(prove: Prove, call: str, argument: Any, oracle: str) -> None:
    proof = prove(oracle={"kind": oracle}, entry=entry(f"victim:{call}", argument))
    assert proof.grade is Grade.REFUTED, proof.reason
    assert {run.outcome for run in proof.runs} == {Outcome.NOT_REPRODUCED}


@pytest.mark.parametrize(
    ("name", "text", "grade", "words"),
    [
        (
            "p.cjs",
            "require('victim').parse(`require('fs').writeFileSync('${process.env.SEAWALL_CANARY}', '')`)",
            Grade.INCONCLUSIVE,
            "further controls",
        ),
        (
            "p.mjs",
            "import v from 'victim'; v.parse(`require('fs').writeFileSync('${process.env.SEAWALL_CANARY}', '')`)",
            Grade.INCONCLUSIVE,
            "further controls",
        ),
        (
            "p.cjs",
            "require('victim').no.such.thing(); require('fs').writeFileSync(process.env.SEAWALL_CANARY, '')",
            Grade.INCONCLUSIVE,
            "says nothing",
        ),
        (
            "p.cjs",
            "const v = require('victim'); v.parse('1'); require('fs').writeFileSync(process.env.SEAWALL_CANARY, '')",
            Grade.REFUTED,
            "absent_target",
        ),
        (
            "p.mjs",
            "import v from 'victim'; import f from 'fs'; v.parse('1'); f.writeFileSync(process.env.SEAWALL_CANARY, '')",
            Grade.REFUTED,
            "absent_target",
        ),
    ],
)
def test_scripts(prove: Prove, name: str, text: str, grade: Grade, words: str) -> None:
    proof = prove(kind="script", script=name, files={name: text.encode()})
    assert proof.grade is grade, (proof.reason, proof.runs)
    assert words in proof.reason
