import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, question, tally } from './testing/chat-client.js';
import { CONTEXT_LENGTH, HealthCheck } from './testing/health-check.js';
import { ServerProcess } from './testing/server-process.js';
import { waitUntil } from './testing/wait-until.js';

/** What becomes of a server, and of whoever asks it, when its engine is killed again and again. */

let server: ServerProcess;
let health: HealthCheck;
beforeAll(async () => {
  server = await ServerProcess.start({ engine: { contextLength: CONTEXT_LENGTH, maxQueue: 64 } });
  health = await HealthCheck.of(server);
});
afterAll(() => server?.close());

const KILLS = 20;
const STREAMS = 12;
const LONG = 'Count from one to five hundred in words, one number a line, and leave none out.';

it('survives its engine being killed 20 times in the middle of streams, and so does every request', async () => {
  const expected = await ask(server.url, question(LONG, { stream: true, max_tokens: 48 }));
  expect(expected).toMatchObject({ kind: 'answered' });
  const whole = expected.kind === 'answered' ? expected.text : '';
  const counts: Record<string, number> = {};
  let before = await server.engine();
  for (let kill = 1; kill <= KILLS; kill++) {
    let texts = 0;
    // More than are decoded at a time: some have part of their answer when the engine dies, some have nothing.
    const asked = Array.from({ length: STREAMS }, () =>
      ask(server.url, question(LONG, { stream: true, max_tokens: 48 }), { onText: () => texts++ }),
    );
    await waitUntil('the streams are under way', () => texts > kill % 12);
    expect(before.processId).toBeTypeOf('number');
    process.kill(before.processId ?? 0, 'SIGKILL');
    for (const outcome of await Promise.all(asked)) {
      const name = outcome.kind === 'failed' ? `failed ${outcome.code}` : outcome.kind;
      counts[name] = (counts[name] ?? 0) + 1;
      if (outcome.kind === 'answered') expect(outcome.text).toBe(whole);
      else if (outcome.kind === 'failed') expect(whole.startsWith(outcome.text)).toBe(true);
      else expect.fail(JSON.stringify(outcome));
    }
    await server.ready();
    const after = await server.engine();
    expect(after.restarts).toBe(kill);
    expect(after.processId).not.toBe(before.processId);
    before = after;
  }
  console.log(`of ${KILLS * STREAMS} requests:`, counts);
  // Requests that had nothing yet are asked again of the new engine; those that had begun are told so.
  expect(Object.keys(counts).sort()).toEqual(['answered', 'failed engine_died']);
  await health.expectHealthy({ restarted: true });
});

it('tells those who ask while there is no engine to wait or to come back, and answers those who wait', async () => {
  const { processId } = await server.engine();
  process.kill(processId ?? 0, 'SIGKILL');
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, i) => ask(server.url, question('Name a colour.', { stream: i % 2 === 0 }))),
  );
  for (const outcome of outcomes) {
    if (outcome.kind === 'refused') expect(outcome).toMatchObject({ status: 503, retryAfter: expect.any(String) });
    else expect(['answered', 'failed']).toContain(outcome.kind);
  }
  console.log('while the engine was gone:', tally(outcomes));
  await health.expectHealthy({ restarted: true });
});
