// Runs the native fuzz driver as an arm64 program, NEON kernels included, under QEMU, and compares what it unpacks with
// what this machine does. Needs aarch64-linux-gnu-g++ and qemu-aarch64 (Debian: g++-aarch64-linux-gnu, qemu-user).
// Usage: node scripts/emulate-arm64.mjs [rounds]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelSource, sourcesOf } from './native-sources.mjs';

const rounds = process.argv[2] ?? '6';
const flags = [
  ...['-std=c++17', '-O3', '-ffp-contract=fast', '-fno-math-errno', '-pthread', '-Wno-psabi'],
  '-DFORETOKEN_TARGET=portable',
];

const folder = mkdtempSync(join(tmpdir(), 'foretoken-emulate-'));
try {
  const fuzz = (compiler, prefix) => {
    const program = join(folder, `fuzz-${compiler}`);
    execFileSync(compiler, [...flags, kernelSource, ...sourcesOf('fuzz'), '-o', program], { stdio: 'inherit' });
    const [command, ...options] = [...prefix, program, '1', rounds];
    const line = execFileSync(command, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
    console.log(`${compiler}: ${line}`);
    return line;
  };
  const host = fuzz('g++', []);
  const emulated = fuzz('aarch64-linux-gnu-g++', ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']);
  if (host !== emulated) {
    console.error('The two do not unpack the same weights to the same values.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
