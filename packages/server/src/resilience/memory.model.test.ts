import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { resolveModel } from '@foretoken/backend';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../core/src/testing/seeded-random.js';
import { ask, question, tally } from './testing/chat-client.js';
import { mixedLoad } from './testing/mixed-load.js';
import { type ServerProcess, withServer } from './testing/server-process.js';

/** The formula of docs/operations.md, in MiB, with what a measurement may be beyond it. */
const ENGINE_ITSELF = 220;
const GRAMMAR_THREADS = 3 * 48;
const SERVER_ITSELF = 160;
const TEXT_THREAD = 250;
const BODY_COPIES = 6;
const TOLERANCE = 1.1;
const MEBIBYTE = 2 ** 20;

/** Of SmolLM2-135M in single precision: layers x keys and values x KV heads x head size x 4. */
const BYTES_OF_A_TOKEN = 30 * 2 * 3 * 64 * 4;
const SPARE_TOKENS_OF_A_SLOT = 64;
const SEQUENCES = 8;
const KV_TOKENS = 2_048;
const CONTEXT_LENGTH = 1_024;
const BODIES = 6;
const LONG_BODY = 4_000_000;
const SECONDS = Number(process.env.FORETOKEN_SOAK_SECONDS ?? 20);

/** The most that a server and its engine have had, in MiB. */
class Peaks {
  server = 0;
  engine = 0;

  async watch(server: ServerProcess, until: Promise<unknown>): Promise<void> {
    let over = false;
    const end = until.finally(() => {
      over = true;
    });
    end.catch(() => {});
    while (!over) {
      const { residentBytes, snapshot } = await server.look();
      this.server = Math.max(this.server, residentBytes / MEBIBYTE);
      this.engine = Math.max(this.engine, (snapshot.engines[0]?.residentBytes ?? 0) / MEBIBYTE);
      await wait(250);
    }
    await end;
  }
}

const test = async (): Promise<void> => {
  const { weights } = await resolveModel('smollm2-135m-instruct', { allowDownload: false });
  const weightBytes = statSync(weights).size;
  const engine = { sequences: SEQUENCES, kvTokens: KV_TOKENS, contextLength: CONTEXT_LENGTH };
  await withServer({ engine }, async (server) => {
    const peaks = new Peaks();
    // Each of them nearly fills the context of a sequence, and none begins like another.
    const fill = async (): Promise<void> => {
      for (let prompt = 0; prompt < 2 * SEQUENCES; prompt++) {
        const content = `${String.fromCharCode(97 + prompt)} `.repeat(0.9 * CONTEXT_LENGTH);
        expect(await ask(server.url, question(content, { max_tokens: 4 }))).toMatchObject({ kind: 'answered' });
      }
    };
    const cache = (KV_TOKENS + SPARE_TOKENS_OF_A_SLOT * (SEQUENCES + 1)) * BYTES_OF_A_TOKEN;
    const engineMost = (weightBytes + cache) / MEBIBYTE + ENGINE_ITSELF;
    await peaks.watch(server, fill());
    console.log('MiB, prompts only', { engine: peaks.engine, engineMost });
    expect(peaks.engine).toBeLessThan(TOLERANCE * engineMost);
    const start = performance.now();
    const isOver = (): boolean => performance.now() - start > 1_000 * SECONDS;
    await peaks.watch(server, mixedLoad({ url: server.url, users: 12, isOver, random: seededRandom(1) }));
    const patterns = Array.from({ length: 12 }, (_, index) =>
      ask(server.url, question('Letters.', { guided_regex: `[a-z]{1,${1_000 + index}}`, max_tokens: 4 })),
    );
    await peaks.watch(server, Promise.all(patterns));
    const long = Array.from({ length: BODIES }, () => ask(server.url, question('a'.repeat(LONG_BODY))));
    await peaks.watch(server, Promise.all(long));
    expect(tally(await Promise.all(long))).toEqual({ '400 context_length_exceeded': BODIES });

    const serverMost = SERVER_ITSELF + TEXT_THREAD + (BODY_COPIES * BODIES * LONG_BODY) / MEBIBYTE;
    console.log('MiB', { engine: peaks.engine, server: peaks.server, serverMost });
    expect(peaks.engine).toBeLessThan(TOLERANCE * (engineMost + GRAMMAR_THREADS));
    expect(peaks.server).toBeLessThan(TOLERANCE * serverMost);
  });
};

it(
  `takes no more memory than the documentation says, in ${SECONDS} s of mixed load and beside long texts`,
  test,
  3_000 * SECONDS + 600_000,
);
