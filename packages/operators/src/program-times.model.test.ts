import { expect, it } from 'vitest';
import { loadNative } from './testing/load-native.js';
import { openTableProgram } from './testing/table-program.js';

it('tells the time of each instruction and of the best tokens, from the first question on', async () => {
  const native = await loadNative();
  const table = await openTableProgram(native, [Float32Array.of(3, 1, 2)]);
  const take = (): number[] => [...native.operators.takeTimes(table.program)];
  table.score();
  expect(take()).toEqual([0, 0, 0]);
  table.score();
  const once = take();
  expect(once).toHaveLength(3);
  expect(Math.min(...once)).toBeGreaterThan(0);
  expect(take()).toEqual([0, 0, 0]);
  table.close();
  expect(take).toThrow('no program has this number');
});
