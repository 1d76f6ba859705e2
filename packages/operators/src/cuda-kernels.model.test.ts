import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const native = fileURLToPath(new URL('native/', import.meta.url));

const SOURCES = ['cuda/regroup.cc', 'cuda/host/fibers.cc', 'cuda/host/launch.cc', 'testing/check-cuda.cc'];

/** A multiply-add is one only where a kernel says so, as on the GPU. */
const FLAGS = [
  ...['-std=c++17', '-O1', '-g', '-ffp-contract=off', '-fno-math-errno', '-Wno-unknown-pragmas'],
  ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
];

it('computes on the host what exact products and attention do, in every format, with the same bits for a row at any number of rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foretoken-cuda-'));
  try {
    const program = join(folder, 'check-cuda');
    const sources = SOURCES.map((source) => join(native, source));
    execFileSync(process.env.CXX ?? 'g++', [...FLAGS, ...sources, '-o', program], { stdio: 'pipe' });
    expect(execFileSync(program, ['1', '2'], { encoding: 'utf8', stdio: 'pipe' })).toBe('clean\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
