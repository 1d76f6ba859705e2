import { readFileSync } from 'node:fs';
import { isWeightFormat, WEIGHT_FORMATS } from '@foretoken/operators';
import { expect, it } from 'vitest';
import { encodeInstructions, type Instruction } from './program.js';

const object = (id: number) => ({ id, close() {} });

it('writes each instruction as operation, input, second, gated, layer, matrix, norm, vector, fine', () => {
  const instructions: Instruction[] = [
    { kind: 'embedding', table: object(7) },
    { kind: 'linear', input: 0, weight: object(8), norm: object(9), bias: object(10) },
    { kind: 'attention', input: 1, layer: 3, queryNorm: object(11), keyNorm: object(12) },
    { kind: 'linear', input: 2, weight: object(13), gated: true, residual: 0, fine: true },
    { kind: 'add', a: 3, b: 0 },
    { kind: 'gatedSilu', input: 4 },
    { kind: 'scoredRows', input: 5 },
  ];
  expect([...encodeInstructions(instructions)]).toEqual(
    [
      [0, -1, -1, 0, 0, 7, 0, 0, 0],
      [1, 0, -1, 0, 0, 8, 9, 10, 0],
      [2, 1, -1, 0, 3, 0, 11, 12, 0],
      [1, 2, 0, 1, 0, 13, 0, 0, 1],
      [4, 3, 0, 0, 0, 0, 0, 0, 0],
      [5, 4, -1, 0, 0, 0, 0, 0, 0],
      [3, 5, -1, 0, 0, 0, 0, 0, 0],
    ].flat(),
  );
});

it('numbers formats as the native code does', () => {
  const header = readFileSync(new URL('native/formats.h', import.meta.url), 'utf8');
  const names = /enum class Format[^{]*\{([^}]*)\}/
    .exec(header)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  expect(names).toEqual([...WEIGHT_FORMATS]);
  expect(isWeightFormat('Q4_K')).toBe(true);
  expect(isWeightFormat('IQ2_XS')).toBe(false);
});
