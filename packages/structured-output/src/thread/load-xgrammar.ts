import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import vm from 'node:vm';

/** The part of @mlc-ai/web-xgrammar that is used here. */
export type Xgrammar = typeof import('@mlc-ai/web-xgrammar');

export interface LoadedXgrammar {
  readonly xgrammar: Xgrammar;
  /** What the library printed since the last call: it says there, and nowhere else, why it gave up. */
  readonly takeMessages: () => string;
}

/**
 * Loads xgrammar. The package declares itself an ES module while its file is a UMD script, so neither `import` nor
 * `require` gets at its exports; here it is run as the CommonJS module that it is. Its console is replaced, because it
 * prints parts of grammars.
 */
export function loadXgrammar(): LoadedXgrammar {
  const require = nodeModule.createRequire(import.meta.url);
  const file = require.resolve('@mlc-ai/web-xgrammar');
  let messages: string[] = [];
  const print = (...parts: readonly unknown[]): void => {
    messages = [...messages.slice(-7), parts.join(' ').slice(0, 2_000)];
  };
  const module = { exports: {} };
  // The one dynamic import, which code that is compiled here can't do.
  const source = readFileSync(file, 'utf8').replace("await import('module')", 'nodeModule');
  const parameters = ['exports', 'module', 'require', '__filename', 'console', 'nodeModule'];
  const run: unknown = vm.compileFunction(source, parameters, { filename: file });
  if (typeof run !== 'function') throw new TypeError('vm.compileFunction gave no function.');
  run(module.exports, module, require, file, { log: print, warn: print, error: print }, nodeModule);
  const takeMessages = (): string => {
    const taken = messages.join('\n');
    messages = [];
    return taken;
  };
  return { xgrammar: module.exports as Xgrammar, takeMessages };
}
