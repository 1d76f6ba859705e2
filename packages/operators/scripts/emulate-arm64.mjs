// Runs the native fuzz driver as an arm64 program under QEMU, with every set of NEON kernels, and compares what it unpacks
// and multiplies with what this machine does. Needs aarch64-linux-gnu-g++ and qemu-aarch64 (Debian:
// g++-aarch64-linux-gnu, qemu-user). Usage: pnpm test:arm64 [rounds]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTRUCTIONS } from '../src/kernel-sources.js';
import { buildProgram } from './native-sources.mjs';

const rounds = process.argv[2] ?? '6';
const folder = mkdtempSync(join(tmpdir(), 'foretoken-emulate-'));
try {
  /** The fuzz driver's last line without the name of the kernels. */
  const fuzz = (target, [command, ...options]) => {
    const line = execFileSync(command, [...options, '1', rounds], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FORETOKEN_INSTRUCTIONS: target },
    }).trim();
    console.log(line);
    return line.replace(/^\S+ /, '');
  };
  const expected = fuzz('portable', [await buildProgram({ name: 'fuzz', folder, compiler: 'g++' })]);
  const arm64 = await buildProgram({ name: 'fuzz', folder, compiler: 'aarch64-linux-gnu-g++', architecture: 'arm64' });
  for (const target of INSTRUCTIONS.arm64) {
    if (fuzz(target, ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', arm64]) === expected) continue;
    console.error(`${target} does not give the same bits.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
