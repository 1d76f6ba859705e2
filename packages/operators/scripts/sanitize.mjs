// Builds the native fuzz driver with sanitizers and runs it on every set of kernels. Usage: node scripts/sanitize.mjs [rounds]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelSource, sourcesOf, targets } from './native-sources.mjs';

const compiler = process.env.CXX ?? 'g++';
const rounds = process.argv[2] ?? '6';
for (const sanitizer of ['address,undefined', 'thread']) {
  const folder = mkdtempSync(join(tmpdir(), 'foretoken-sanitize-'));
  try {
    const flags = [
      ...['-std=c++17', '-O1', '-g', '-ffp-contract=fast', '-fno-math-errno', '-pthread', '-Wno-psabi'],
      ...[`-fsanitize=${sanitizer}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
      ...(process.arch === 'x64' ? ['-DFORETOKEN_X86'] : []),
    ];
    const run = (command, options, environment = {}) =>
      execFileSync(command, options, { stdio: 'inherit', env: { ...process.env, ...environment } });
    const objects = Object.entries(targets).map(([target, machine]) => {
      const object = join(folder, `${target}.o`);
      run(compiler, [...flags, ...machine, `-DFORETOKEN_TARGET=${target}`, '-c', kernelSource, '-o', object]);
      return object;
    });
    const program = join(folder, 'fuzz');
    run(compiler, [...flags, ...sourcesOf('fuzz'), ...objects, '-o', program]);
    for (const target of Object.keys(targets)) {
      process.stdout.write(`${sanitizer}, `);
      run(program, ['1', rounds], {
        FORETOKEN_INSTRUCTIONS: target,
        ASAN_OPTIONS: 'detect_leaks=1',
        TSAN_OPTIONS: 'halt_on_error=1',
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
