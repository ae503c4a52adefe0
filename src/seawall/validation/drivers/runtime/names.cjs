'use strict';
// Finds what a name stands for, and whose it is: a function's source file tells the owner, asked of the engine itself.
// What is called must be the target's own, or belong to a value that the target gave.

const inspector = require('node:inspector');
const Module = require('node:module');

const ROOT = '/w/env/node_modules/';

class NoSuchNameError extends Error {}
class ForeignNameError extends Error {}

// The engine's own functions have no source file; remember them before the target is loaded.
const BUILT_IN = new Set();
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if (!descriptor || !('value' in descriptor)) continue; // getters load parts of Node.js that no run needs
  collect(descriptor.value);
}
collect(process);

function collect(holder) {
  if (holder === null || !['object', 'function'].includes(typeof holder)) return;
  BUILT_IN.add(holder);
  for (const level of [holder, holder.prototype]) {
    if (level === null || !['object', 'function'].includes(typeof level)) continue;
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(level))) {
      if (typeof descriptor.value === 'function') BUILT_IN.add(descriptor.value);
    }
  }
}

// Returns the URL of the script that defines a function, or '' for machine code.
function sourceOf(callable) {
  const session = new inspector.Session();
  session.connect();
  const slot = Symbol.for('seawall.located');
  try {
    const urls = new Map();
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    session.post('Debugger.enable');
    globalThis[slot] = callable;
    let object;
    session.post('Runtime.evaluate', { expression: "globalThis[Symbol.for('seawall.located')]" }, (_error, answer) => {
      object = answer?.result;
    });
    for (let depth = 0; depth < 8 && object?.objectId; depth += 1) {
      let inner = [];
      session.post('Runtime.getProperties', { objectId: object.objectId, ownProperties: true }, (_error, answer) => {
        inner = answer?.internalProperties ?? [];
      });
      const place = inner.find((property) => property.name === '[[FunctionLocation]]');
      if (place) return urls.get(place.value.value.scriptId) ?? '';
      object = inner.find((property) => ['[[TargetFunction]]', '[[Target]]'].includes(property.name))?.value;
    }
    return '';
  } finally {
    delete globalThis[slot];
    session.disconnect();
  }
}

class Names {
  constructor(packageName, absent) {
    this.packageName = packageName;
    this.absent = absent;
    this.values = new Map();
    this.require = Module.createRequire('/w/env/driver.cjs');
  }

  // Finds what `module:attr` or `$name.attr` names, with its receiver.
  async callable(target) {
    const { holder, value } = await this.find(target);
    if (typeof value !== 'function') throw new NoSuchNameError(`${target} is no function`);
    this.checkOwner(value, target, target.startsWith('$'));
    return { holder, value };
  }

  // Loads the modules that arguments refer to, because some can be loaded only asynchronously.
  async prepare(target, into) {
    const { value } = await this.find(target);
    if (typeof value === 'function') this.checkOwner(value, target, target.startsWith('$'));
    into.set(target, value);
  }

  async find(target) {
    let holder;
    let value;
    let path;
    if (target.startsWith('$')) {
      [, path] = /^\$[^.]+\.?(.*)$/s.exec(target);
      const name = target.slice(1).split('.', 1)[0];
      if (!this.values.has(name)) throw new NoSuchNameError(`$${name} was not made in set-up`);
      value = this.values.get(name);
    } else {
      const [name, rest] = target.split(':');
      path = rest ?? '';
      value = await this.load(name);
    }
    for (const name of path ? path.split('.') : []) {
      holder = value;
      value = this.attribute(value, name, target);
    }
    return { holder, value };
  }

  attribute(value, name, target) {
    if (name.startsWith('_') || name === 'constructor') throw new ForeignNameError(`${name} is private`);
    if (value === null || value === undefined) throw new NoSuchNameError(`${target}: there is no ${name}`);
    if (value[name] === undefined) {
      // `module.exports = function` is also what a default import gives.
      if (name === 'default' && typeof value === 'function') return value;
      throw new NoSuchNameError(`${target}: there is no ${name}`);
    }
    return value[name];
  }

  // Walks `read` on a result: properties, indexes and calls without arguments.
  async read(value, path) {
    let holder;
    for (const step of path ? path.split('.') : []) {
      const name = step.replace(/\(\)$/, '');
      holder = value;
      value = this.attribute(value, name, path);
      if (step.endsWith('()')) {
        this.checkOwner(value, path, true);
        value = await value.call(holder);
      }
    }
    return value;
  }

  async load(name) {
    const own = name === this.packageName || name.startsWith(`${this.packageName}/`);
    if (!own) throw new ForeignNameError(`the module ${name} is not the target's`);
    try {
      return this.require(name);
    } catch (error) {
      if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') {
        return import(this.require.resolve(name));
      }
      const absentItself = error?.code === 'MODULE_NOT_FOUND' && String(error.message).includes(`'${name}'`);
      if (absentItself || error?.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
        throw new NoSuchNameError(`there is no module ${name}`);
      }
      throw error;
    }
  }

  checkOwner(value, target, dependencies) {
    if (this.absent) return;
    if (BUILT_IN.has(value)) {
      if (dependencies && typeof value === 'function' && DATA_METHODS.has(value)) return;
      throw new ForeignNameError(`${target} is a part of the language, not of the target`);
    }
    const source = decodeURIComponent(sourceOf(value).replace(/^file:\/\//, ''));
    if (source === '') return; // machine code that came with no part of Node.js: an add-on
    const own = `${ROOT}${this.packageName}/`;
    if (source.startsWith(own) && !source.slice(own.length).includes('node_modules/')) return;
    if (dependencies && source.startsWith(ROOT)) return;
    throw new ForeignNameError(`${target} belongs to ${source.replace(ROOT, '')}, not to the target`);
  }
}

// Methods of plain data do nothing but compute.
const DATA_METHODS = new Set(
  [String, Array, Map, Set, Number, Date, Object, RegExp, Promise].flatMap((kind) =>
    Object.values(Object.getOwnPropertyDescriptors(kind.prototype)).map((descriptor) => descriptor.value),
  ),
);

module.exports = { Names, NoSuchNameError, ForeignNameError };
