import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
  const require = createRequire(import.meta.url);
  const file = require.resolve('@mlc-ai/web-xgrammar');
  let messages: string[] = [];
  const print = (...parts: readonly unknown[]): void => {
    messages = [...messages.slice(-7), parts.join(' ').slice(0, 2_000)];
  };
  const module = { exports: {} };
  const parameters = ['exports', 'module', 'require', '__filename', 'console'];
  const run: unknown = vm.compileFunction(readFileSync(file, 'utf8'), parameters, {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (typeof run !== 'function') throw new TypeError('vm.compileFunction gave no function.');
  run(module.exports, module, require, file, { log: print, warn: print, error: print });
  const takeMessages = (): string => {
    const taken = messages.join('\n');
    messages = [];
    return taken;
  };
  return { xgrammar: module.exports as Xgrammar, takeMessages };
}
