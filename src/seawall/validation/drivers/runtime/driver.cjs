'use strict';
// The neutral driver for Node.js: calls one public entry point with data. Run as `node …/driver.cjs`.
//
// Reads its request (JSON) from standard input and says on standard output how far it came, one JSON line for each
// phase, each behind the request's nonce: ready, called, done. What the target prints goes to standard error.

const fs = require('node:fs');
const { materialise } = require('./arguments.cjs');
const absent = require('./absent.cjs');
const { Names, NoSuchNameError, ForeignNameError } = require('./names.cjs');

const KEPT_ITEMS = 10_000;
const EXIT_MILLISECONDS = 5_000;

const request = JSON.parse(fs.readFileSync(0, 'utf8'));
const write = fs.writeSync; // the target may replace the module's
const stringify = JSON.stringify;
let finished = false;

function say(phase, facts = {}) {
  if (phase === 'done') {
    if (finished) return;
    finished = true;
  }
  write(1, `\n${request.nonce} ${stringify({ phase, ...facts })}\n`);
}

function described(error) {
  try {
    return `${error?.name ?? typeof error}: ${error?.message ?? error}`.slice(0, 300);
  } catch {
    return 'an exception that cannot be shown';
  }
}

// Runs promises and generators to their end; at most 10,000 items are kept, all are produced.
async function finish(value) {
  const final = await value;
  const kind = Object.prototype.toString.call(final);
  if (kind !== '[object Generator]' && kind !== '[object AsyncGenerator]') return final;
  const kept = [];
  for await (const item of final) if (kept.length < KEPT_ITEMS) kept.push(item);
  return kept;
}

function referencesIn(value, found = new Set()) {
  if (Array.isArray(value)) value.forEach((item) => referencesIn(item, found));
  else if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0] === '$ref') found.add(value.$ref);
    else keys.forEach((key) => referencesIn(value[key], found));
  }
  return found;
}

// Returns a function that makes the call, with everything ready.
async function prepared(call, names) {
  const { holder, value } = await names.callable(call.call);
  const references = new Map();
  for (const reference of referencesIn(call.args)) await names.prepare(reference, references);
  const waiting = [];
  const callback = (withError) => {
    let settle;
    waiting.push(new Promise((resolve, reject) => { settle = { resolve, reject }; }));
    return (...values) => {
      if (withError && values[0]) settle.reject(values[0]);
      else settle.resolve(withError ? values[1] : values[0]);
    };
  };
  const args = call.args.map((argument) => materialise(argument, (name) => references.get(name), callback));
  return async () => {
    const returned = call.new ? Reflect.construct(value, args) : Reflect.apply(value, holder, args);
    if (waiting.length === 0) return finish(returned);
    Promise.resolve(returned).catch(() => {}); // the callback has the word
    return finish(await Promise.race(waiting));
  };
}

async function run() {
  absent.install(request.absent ? request.imports : []);
  const names = new Names(request.imports[0], request.absent);
  let stage = 'setup';
  try {
    for (const step of request.setup) {
      const call = await prepared(step, names);
      names.values.set(step.as, await call());
    }
    stage = 'entry';
    const call = await prepared(request.entry, names);
    stage = 'call';
    say('called');
    const result = await finish(await names.read(await call(), request.read));
    say('done', { returned: typeof result });
  } catch (error) {
    if (error instanceof NoSuchNameError) say('done', { missing: error.message, stage });
    else if (error instanceof ForeignNameError) say('done', { foreign: error.message, stage });
    else say('done', { raised: described(error), stage });
  }
}

process.stdout.write = process.stderr.write.bind(process.stderr);
process.on('uncaughtException', (error) => say('done', { raised: described(error), stage: 'call' }));
process.on('beforeExit', () => say('done', { returned: 'nothing: a callback or promise was never settled' }));
say('ready');
run().finally(() => setTimeout(() => process.exit(0), EXIT_MILLISECONDS).unref());
