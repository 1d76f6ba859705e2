import { expect, it, vi } from 'vitest';
import { loadNative } from './testing/load-native.js';
import { runLinear } from './testing/table-program.js';

it('takes subnormal halves for what they are, where TensorFlow takes subnormal floats for zero', async () => {
  // Chosen when the addon is loaded, hence a file, and with it a process, of its own.
  vi.stubEnv('FORETOKEN_INSTRUCTIONS', 'portable');
  const native = await loadNative();
  const { operators } = native;
  expect(operators.instructions).toBe('portable');
  const mapping = operators.copyBytes(new Uint8Array(Uint16Array.of(0x0001, 0x03ff, 0x8200, 0x0400).buffer));
  const weight = operators.createMatrix({ columns: 4, parts: [{ mapping, offset: 0, format: 'F16', rows: 1 }] });
  const values = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
  const products = await runLinear(native, { weight }, [{ values, shape: [4, 4] }]);
  expect(Array.from(products)).toEqual([2 ** -24, 1023 * 2 ** -24, -(2 ** -15), 2 ** -14]);

  const block = Uint8Array.of(0x01, 0x00, ...new Uint8Array(32).fill(3));
  const part = { mapping: operators.copyBytes(block), offset: 0, format: 'Q8_0', rows: 1 } as const;
  const scaled = operators.createMatrix({ columns: 32, parts: [part] });
  const ones = new Float32Array(32).fill(1);
  expect(Array.from(await runLinear(native, { weight: scaled }, [{ values: ones, shape: [1, 32] }]))).toEqual([
    96 * 2 ** -24,
  ]);
});
