import { expect, it } from 'vitest';
import { alive } from '../engine/testing/alive.js';
import { ask, type Outcome, question, tally } from './testing/chat-client.js';
import { CONTEXT_LENGTH } from './testing/health-check.js';
import { ServerProcess } from './testing/server-process.js';
import { waitUntil } from './testing/wait-until.js';

/** What becomes of requests when their server is told to end. */

const STREAMS = 16;

async function underLoad(
  shutdownDeadline: number,
  tokens: number,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly late: Outcome; readonly enginePid: number }> {
  const server = await ServerProcess.start({ engine: { contextLength: CONTEXT_LENGTH }, shutdownDeadline });
  const enginePid = (await server.engine()).processId ?? 0;
  let texts = 0;
  const asked = Array.from({ length: STREAMS }, (_, index) =>
    ask(server.url, question('Tell a story.', { stream: index % 4 !== 3, max_tokens: tokens, ignore_eos: true }), {
      onText: () => texts++,
    }),
  );
  await waitUntil('the streams are under way', () => texts > 8);
  server.signal('SIGTERM');
  await waitUntil(
    'the server is closing',
    async () => (await fetch(new URL('/ready', server.url))).status === 503,
    5_000,
  );
  const late = await ask(server.url, question('Am I late?'));
  const outcomes = await Promise.all(asked);
  expect(await server.end).toEqual({ code: 0, signal: null });
  await waitUntil('the engine has ended', () => !alive(enginePid));
  return { outcomes, late, enginePid };
}

it('lets all requests end, those that wait too, and takes none any more', async () => {
  const { outcomes, late } = await underLoad(60_000, 40);
  expect(tally(outcomes)).toEqual({ answered: STREAMS });
  expect(late).toMatchObject({ kind: 'refused', status: 503, code: 'server_closing', retryAfter: expect.any(String) });
});

it('tells requests that would take too long', async () => {
  const { outcomes } = await underLoad(500, 400);
  for (const outcome of outcomes) {
    if (outcome.kind !== 'failed') expect(outcome).toMatchObject({ kind: 'refused', status: 503 });
    expect(outcome).toMatchObject({ code: 'server_closing' });
  }
});
