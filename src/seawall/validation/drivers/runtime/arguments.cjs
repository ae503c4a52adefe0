'use strict';
// Makes JavaScript values of the argument table (docs/evidence.md). Data becomes data; no text is ever evaluated.

const fs = require('node:fs');
const path = require('node:path');

const FOLDER = '/w/in';

const text = (name) => fs.readFileSync(path.join(FOLDER, name), 'utf8');

// Each takes the marker's value and `make`, which turns arguments inside of it into values.
const TABLE = {
  $text: (name) => text(name),
  $bytes: (name) => fs.readFileSync(path.join(FOLDER, name)),
  $path: (name) => path.join(FOLDER, name),
  $json: (name) => JSON.parse(text(name)),
  $hex: (digits) => Buffer.from(digits, 'hex'),
  $b64: (digits) => Buffer.from(digits, 'base64'),
  $repeat: ({ unit, n }, make) => repeat(make(unit), n),
  $concat: (parts, make) => concatenate(parts.map(make)),
  $encode: (value, make) => Buffer.from(make(value), 'utf8'),
  $latin1: (value, make) => Buffer.from(make(value), 'latin1'),
  $nest: ({ n, core }, make) => {
    let nested = make(core);
    for (let level = 0; level < n; level += 1) nested = [nested];
    return nested;
  },
  $undefined: () => undefined,
};

function repeat(unit, n) {
  return Buffer.isBuffer(unit) ? Buffer.concat(Array(n).fill(unit)) : unit.repeat(n);
}

function concatenate(parts) {
  return parts.some(Buffer.isBuffer) ? Buffer.concat(parts.map((part) => Buffer.from(part))) : parts.join('');
}

// `refer` finds what $ref names; `callback` makes a function that the driver waits for.
function materialise(value, refer, callback) {
  const make = (inner) => materialise(inner, refer, callback);
  if (Array.isArray(value)) return value.map(make);
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value);
  if (keys.length === 1) {
    const [key] = keys;
    if (key === '$ref') return refer(value[key]);
    if (key === '$callback' || key === '$callback1') return callback(key === '$callback');
    if (Object.hasOwn(TABLE, key)) return TABLE[key](value[key], make);
  }
  const made = {};
  for (const key of keys) {
    // Like JSON.parse: a key such as __proto__ becomes a property of its own and sets no prototype.
    Object.defineProperty(made, key, { value: make(value[key]), enumerable: true, configurable: true, writable: true });
  }
  return made;
}

module.exports = { materialise };
