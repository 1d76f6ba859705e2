import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';

/** Shell scripts that stand in for the programs of a build. Each writes its name to the log when it does its work. */
const SCRIPTS = {
  /** Gives the file named by FAKE_WHEEL, or fails when there is none. */
  python3: `
    case "$*" in *--version*) echo 'Python 3.0.0 (fake)'; exit 0;; esac
    echo "python3 $*" >> "$FAKE_LOG"
    while [ $# -gt 1 ]; do [ "$1" = --dest ] && dest="$2"; shift; done
    cp "$FAKE_WHEEL" "$dest/" || { echo 'ERROR: no network (fake)'; exit 1; }`,
  npm: `
    echo "npm $*" >> "$FAKE_LOG"
    while [ $# -gt 1 ]; do [ "$1" = --prefix ] && prefix="$2"; shift; done
    mkdir -p "$prefix/node_modules/@tensorflow/tfjs-node" "$prefix/node_modules/node-api-headers"
    [ -z "$FAKE_NPM_STATUS" ] || exit "$FAKE_NPM_STATUS"`,
  'g++': `
    [ "$1" = --version ] && { echo 'g++ 0.0.0 (fake)'; exit 0; }
    echo "g++ $*" >> "$FAKE_LOG"
    [ -z "$FAKE_COMPILER_STATUS" ] || { echo 'error: fake'; exit "$FAKE_COMPILER_STATUS"; }
    while [ $# -gt 1 ]; do [ "$1" = -o ] && output="$2"; shift; done
    echo addon > "$output"`,
} as const;

/**
 * Puts fake programs first in PATH until the test's environment is restored.
 *
 * @returns the names of the programs that did their work so far, in order.
 */
export function fakeCommands(folder: string, options: { readonly wheel?: string } = {}): () => string[] {
  const bin = join(folder, 'bin');
  const log = join(folder, 'log');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(SCRIPTS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  vi.stubEnv('CXX', '');
  vi.stubEnv('PATH', [bin, process.env.PATH].join(delimiter));
  vi.stubEnv('FAKE_LOG', log);
  vi.stubEnv('FAKE_WHEEL', options.wheel ?? '/nonexistent');
  return () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
}
