import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CUDA = fileURLToPath(new URL('../native/cuda', import.meta.url));
const FLAGS = ['-std=c++17', '-O2', '-fPIC', '-ffp-contract=off', '-fno-math-errno', '-Wno-unknown-pragmas'];

/**
 * A library with what the runtime asks of libcuda and NVRTC, done on the host: see native/cuda/host. Built once for these
 * sources, in a minute or two.
 *
 * @returns its path, for both.
 */
export async function fakeGpu(): Promise<string> {
  const sources = readdirSync(join(CUDA, 'host')).filter((name) => name.endsWith('.cc'));
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const folder of ['host', 'kernels']) {
    for (const name of readdirSync(join(CUDA, folder)).sort()) hash.update(readFileSync(join(CUDA, folder, name)));
  }
  const target = join(tmpdir(), `foretoken-fake-gpu-${hash.digest('hex').slice(0, 16)}`);
  const library = join(target, 'libfake-gpu.so');
  if (existsSync(library)) return library;
  mkdirSync(target, { recursive: true });
  const work = mkdtempSync(join(target, 'compiling-'));
  try {
    const run = promisify(execFile);
    const compiler = process.env.CXX ?? 'g++';
    const objects = await Promise.all(
      sources.map(async (name) => {
        const object = join(work, `${name}.o`);
        await run(compiler, [...FLAGS, '-c', join(CUDA, 'host', name), '-o', object]);
        return object;
      }),
    );
    await run(compiler, ['-shared', ...objects, '-o', join(work, 'library')]);
    renameSync(join(work, 'library'), library);
    return library;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
