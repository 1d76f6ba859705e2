import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MODEL, type ServedModel, serveModel } from '../openai/testing/served-model.js';

let served: ServedModel;
beforeAll(async () => {
  served = await serveModel();
});
afterAll(() => served?.server.close());

/** Libraries and modules of TensorFlow in this process. */
function tensorFlowHere(): readonly string[] {
  // Else it looks up the name of every address, which takes long where nobody answers.
  Object.assign(process.report, { excludeNetwork: true });
  const { sharedObjects } = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  const modules = Object.keys(createRequire(import.meta.url).cache);
  return [...sharedObjects, ...modules].filter((path) =>
    /tensorflow|tfjs/.test(path.replace('/packages/tensorflow/', '/')),
  );
}

it('answers without TensorFlow in its own process', async () => {
  const messages = [{ role: 'user' as const, content: 'Name three rivers.' }];
  const answer = await served.client.chat.completions.create({ model: MODEL, messages, max_tokens: 8 });
  expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
  expect(tensorFlowHere()).toEqual([]);
});
