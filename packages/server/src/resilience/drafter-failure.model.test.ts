import { createServer, type RunningServer } from '@foretoken/server';
import { loadSpeculativeModel } from '@foretoken/speculation';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LocalTextEngine } from '../engine/local-text-engine.js';
import { engineSettings } from '../engine/testing/requests.js';
import { testConfiguration } from '../openai/testing/configuration.js';
import { ask, question } from './testing/chat-client.js';

/** A server whose drafters fail in every way that one can, on the real model. */

const QUESTION = 'Copy this line: gravity-04 reports 2291 units, gravity-05 reports 2292 units, gravity-06 is silent.';

let server: RunningServer;
let engine: LocalTextEngine;
let failure: () => Promise<never> | never;
let asked = 0;
beforeAll(async () => {
  const settings = engineSettings({ contextLength: 512, controller: 'fixed' });
  const { model, draft, controller } = settings;
  const speculative = await loadSpeculativeModel({ model, draft, controller, slots: 8, contextLength: 512 });
  const choose: typeof speculative.drafters.choose = (choice) =>
    choice.kind === 'none'
      ? []
      : [
          {
            name: 'broken',
            open: () => ({
              propose: () => {
                asked++;
                return failure();
              },
              observe: () => {
                throw new Error('observe failed');
              },
              close: () => {
                throw new Error('close failed');
              },
            }),
          },
        ];
  const drafters = Object.assign(Object.create(speculative.drafters), { choose });
  engine = new LocalTextEngine({ ...speculative, drafters }, settings, {});
  server = await createServer(testConfiguration(), { engine });
  await server.ready;
});
afterAll(() => server?.close());

it.each<[string, typeof failure]>([
  [
    'throws',
    () => {
      throw new Error('propose failed');
    },
  ],
  ['rejects', () => Promise.reject(new Error('propose failed'))],
  [
    'throws what is no error',
    () => {
      throw 'nothing';
    },
  ],
])('answers as without guesses when a drafter %s, alone and among others', async (_, fails) => {
  failure = fails;
  const expected = await ask(server.url, question(QUESTION, { speculation: false }));
  expect(expected).toMatchObject({ kind: 'answered' });
  const before = asked;
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, (_, index) => ask(server.url, question(QUESTION, { stream: index % 2 === 0 }))),
  );
  for (const outcome of outcomes) expect(outcome).toEqual(expected);
  expect(asked).toBeGreaterThan(before);
  expect(engine.processSnapshot().statistics).toMatchObject({ running: 0, waiting: 0, totals: { failed: 0 } });
});
