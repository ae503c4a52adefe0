'use strict';
// Runs the finder's own program in Node.js. Run as `node …/script.cjs SCRIPT [ABSENT PACKAGE]` with NODE_PATH set.
// Nothing that the program says is believed: it shares this process. Only its effects count, and the controls.

const Module = require('node:module');
const absent = require('./absent.cjs');

const [script, ...names] = process.argv.slice(2);
absent.install(names);
if (Module.registerHooks) {
  // `import` does not look at NODE_PATH.
  Module.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (/^[./]|^[a-z]+:/.test(specifier)) throw error;
        return next(specifier, { ...context, parentURL: 'file:///w/env/script.mjs' });
      }
    },
  });
}
process.argv = [process.argv[0], script];
Module.runMain();
