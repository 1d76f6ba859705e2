import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Loads a decoder in a bare process and prints the bytes of its JavaScript objects. */
const MEASURE = `
import { createDecoder } from 'foretoken';

const decoder = await createDecoder({ model: 'smollm2-135m-instruct', draft: process.argv[1], device: 'cpu' });
await decoder.complete('The capital of France is', { maxTokens: 4 });
for (let round = 0; round < 3; round++) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  globalThis.gc();
}
console.log(process.memoryUsage().heapUsed);
decoder.close();
`;

async function heapWith(draft: string): Promise<number> {
  const flags = ['--expose-gc', '--input-type=module', '-e', MEASURE];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, draft]);
  return Number(stdout);
}

it('keeps no vocabulary of a draft model that has the same one', async () => {
  const alone = await heapWith('none');
  expect(alone).toBeGreaterThan(10e6);
  expect((await heapWith('model:smollm2-135m-instruct')) - alone).toBeLessThan(3e6);
});
