'use strict';
// Inert stand-in for the target: everything can be read, called, constructed and awaited; nothing happens.
// Used for the control "absent target": an effect that appears with it in the target's place is not the target's.

const Module = require('node:module');

const inert = new Proxy(function inert() {}, {
  get(target, key) {
    if (key === 'then' || key === Symbol.toStringTag) return undefined; // awaiting it gives it, at once
    if (key === 'prototype') return target.prototype;
    if (key === Symbol.toPrimitive) return () => '';
    if (key === Symbol.iterator) return function* nothing() {};
    if (key === Symbol.asyncIterator) return async function* nothing() {};
    return inert;
  },
  set: () => true,
  defineProperty: () => true,
  deleteProperty: () => true,
  apply: () => inert,
  construct: () => inert,
});

function install(names) {
  if (names.length === 0) return;
  const load = Module._load;
  const isTarget = (request) => names.some((name) => request === name || request.startsWith(`${name}/`));
  Module._load = function loadOrStandIn(request, ...rest) {
    return typeof request === 'string' && isTarget(request) ? inert : load.call(this, request, ...rest);
  };
  if (!Module.registerHooks) return;
  // For `import`: a module whose default export is the stand-in; named imports of it fail, which is inert enough.
  const slot = 'seawall.absent';
  globalThis[Symbol.for(slot)] = inert;
  const url = 'seawall-absent:target';
  Module.registerHooks({
    resolve: (specifier, context, next) =>
      isTarget(specifier) ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (address, context, next) =>
      address === url
        ? { format: 'module', shortCircuit: true, source: `export default globalThis[Symbol.for('${slot}')];` }
        : next(address, context),
  });
}

module.exports = { install, inert };
