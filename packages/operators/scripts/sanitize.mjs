// Builds the native fuzz drivers with sanitizers and runs them: the CPU's on every set of kernels, the GPU's on the host.
// Usage: pnpm test:sanitize [rounds]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTRUCTIONS } from '../src/kernel-sources.js';
import { buildProgram } from './native-sources.mjs';

const compiler = process.env.CXX ?? 'g++';
const rounds = process.argv[2] ?? '6';
for (const sanitizer of ['address,undefined', 'thread']) {
  const folder = mkdtempSync(join(tmpdir(), 'foretoken-sanitize-'));
  try {
    const flags = ['-O1', '-g1', `-fsanitize=${sanitizer}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
    const program = await buildProgram({ name: 'fuzz', folder, compiler, flags });
    for (const target of INSTRUCTIONS[process.arch]) {
      process.stdout.write(`${sanitizer}, `);
      execFileSync(program, ['1', rounds], {
        stdio: 'inherit',
        env: {
          ...process.env,
          FORETOKEN_INSTRUCTIONS: target,
          ASAN_OPTIONS: 'detect_leaks=1',
          TSAN_OPTIONS: 'halt_on_error=1',
        },
      });
    }
    if (sanitizer === 'thread') continue;
    const onDevice = await buildProgram({
      name: 'fuzz-cuda',
      folder,
      compiler,
      flags: [...flags, '-O2'],
      device: 'host',
    });
    execFileSync(onDevice, ['1', rounds], {
      stdio: 'inherit',
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1' },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
