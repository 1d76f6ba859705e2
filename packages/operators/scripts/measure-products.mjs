// What products cost by format and rows, on one core and without TensorFlow. With --against, the kernels.cc of another
// folder takes turns with this one's; both must have the same kernels.h. Usage: pnpm measure:products
//   [--against FOLDER] [--target avx2] [--formats Q4_1,Q4_K] [--rows 1,2,3,4,6,8] [--rounds 25]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WEIGHT_FORMATS } from '../src/formats.js';
import { kernelSource, sourcesOf, targets } from './native-sources.mjs';

const compiler = process.env.CXX ?? 'g++';

const { values: options } = parseArgs({
  options: {
    against: { type: 'string' },
    target: { type: 'string', default: process.arch === 'x64' ? 'avx2' : 'portable' },
    formats: { type: 'string', default: WEIGHT_FORMATS.join(',') },
    rows: { type: 'string', default: '1,2,3,4,6,8' },
    rounds: { type: 'string', default: '25' },
  },
});
const machine = targets[options.target];
const formats = options.formats.split(',').map((name) => WEIGHT_FORMATS.indexOf(name));
const rows = options.rows.split(',').map(Number);
if (!rows.every((count) => Number.isInteger(count) && count >= 1 && count <= 8)) {
  throw new Error(`A pass over a weight serves 1 to 8 rows; got ${options.rows}.`);
}
if (machine === undefined || formats.includes(-1)) {
  throw new Error(`The targets are ${Object.keys(targets).join(', ')}, the formats ${WEIGHT_FORMATS.join(', ')}.`);
}

const folder = mkdtempSync(join(tmpdir(), 'foretoken-products-'));
try {
  const flags = ['-std=c++17', '-O3', '-ffp-contract=fast', '-fno-math-errno', '-pthread', '-Wno-psabi'];
  const compile = (source, target, more) => {
    const object = join(folder, `${target}.o`);
    const options = [...flags, ...more, `-DFORETOKEN_TARGET=${target}`, '-c', source, '-o', object];
    execFileSync(compiler, options, { stdio: 'inherit' });
    return object;
  };
  const objects = [compile(kernelSource, 'portable', []), compile(kernelSource, 'ours', machine)];
  if (options.against !== undefined) objects.push(compile(join(options.against, 'kernels.cc'), 'theirs', machine));
  const program = join(folder, 'measure-products');
  const define = options.against === undefined ? [] : ['-DFORETOKEN_THEIRS'];
  execFileSync(compiler, [...flags, ...define, ...sourcesOf('measure-products'), ...objects, '-o', program], {
    stdio: 'inherit',
  });
  const lines = execFileSync(program, [options.rounds, formats.join(','), rows.join(',')], { encoding: 'utf8' });
  process.stdout.write(lines.replace(/^format +(\d+)/gm, (_, index) => WEIGHT_FORMATS[Number(index)].padEnd(4)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
