// What products cost by format and rows, on one core and without TensorFlow. With --against, the kernels of another
// folder take turns with this one's; both must have the same kernels.h and integer-kernels.h. --megabytes 0.5 measures
// weights that lie in a cache. Usage: pnpm measure:products
//   [--arithmetic exact] [--against FOLDER] [--target avx2] [--formats Q4_1,Q4_K] [--rows 1,2,3,4,6,8] [--rounds 25]
//   [--megabytes 64]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WEIGHT_FORMATS } from '../src/formats.js';
import { INSTRUCTIONS, KERNELS } from '../src/kernel-sources.js';
import { buildProgram, compileKernels } from './native-sources.mjs';

const compiler = process.env.CXX ?? 'g++';

const { values: options } = parseArgs({
  options: {
    arithmetic: { type: 'string', default: 'integer' },
    against: { type: 'string' },
    target: { type: 'string', default: process.arch === 'x64' ? 'avx2' : 'portable' },
    formats: { type: 'string' },
    rows: { type: 'string', default: '1,2,3,4,6,8' },
    rounds: { type: 'string', default: '25' },
    megabytes: { type: 'string', default: '64' },
  },
});
const measurable = WEIGHT_FORMATS.filter((format) => options.arithmetic === 'exact' || format.startsWith('Q'));
const formats = options.formats?.split(',') ?? measurable;
const rows = options.rows.split(',').map(Number);
if (!rows.every((count) => Number.isInteger(count) && count >= 1 && count <= 8)) {
  throw new Error(`A pass over a weight serves 1 to 8 rows; got ${options.rows}.`);
}
if (!['exact', 'integer'].includes(options.arithmetic) || !formats.every((name) => measurable.includes(name))) {
  throw new Error(`The arithmetics are exact and integer, the formats ${measurable.join(', ')}.`);
}
// A target of one kind of kernels only comes with what FORETOKEN_INSTRUCTIONS would pair it with.
const paired = { avx512: ['avx512', 'avx2'], avx512vnni: ['avx512', 'avx512vnni'], avxvnni: ['avx2', 'avxvnni'] };
const names = paired[options.target] ?? [options.target === 'dotprod' ? 'portable' : options.target, options.target];
if (!INSTRUCTIONS[process.arch].includes(options.target)) {
  throw new Error(`The targets are ${INSTRUCTIONS[process.arch].join(', ')}.`);
}

const folder = mkdtempSync(join(tmpdir(), 'foretoken-products-'));
try {
  const compileAs = (name, sources) =>
    Object.keys(KERNELS[process.arch]).map((source, index) =>
      compileKernels({ compiler, folder, source, target: names[index], name, ...(sources ? { sources } : {}) }),
    );
  const objects = compileAs('ours');
  if (options.against !== undefined) objects.push(...compileAs('theirs', options.against));
  const flags = options.against === undefined ? [] : ['-DFORETOKEN_THEIRS'];
  const program = await buildProgram({ name: 'measure-products', folder, compiler, flags, objects });
  execFileSync(program, [options.rounds, options.arithmetic, formats.join(','), rows.join(','), options.megabytes], {
    stdio: 'inherit',
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
