import { CONTROLLERS } from '@foretoken/speculation';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/src/testing/seeded-random.js';
import { hashApiKey } from '../configuration/api-key-hash.js';
import { testConfiguration } from '../openai/testing/configuration.js';
import { collect, MODEL, type ServedModel, serveModel } from '../openai/testing/served-model.js';
import { secretWords, textsOf, wordsShown } from './testing/secret-words.js';

/** The 135M model has 30 layers. */
const EXIT_LAYERS = 24;

type Tenant = 'alice' | 'bob';
type Rounds = Parameters<typeof textsOf>[0][];
type Seen = { readonly texts: readonly string[]; readonly cached: number; readonly counts: readonly number[] };

async function start(draft: `model:${string}` | `early-exit:${number}`, share = false): Promise<ServedModel> {
  const { engine, security } = testConfiguration();
  const apiKeys = ['alice', 'bob'].map((name) => ({ name, sha256: hashApiKey(name) }));
  return serveModel({
    engine: { ...engine, draft },
    security: { ...security, apiKeys, shareDrafts: share, sharePrefixes: share },
  });
}

/** Completes a text for a tenant and gives all that the answer shows: text, guesses with the rejected ones, numbers. */
async function complete(served: ServedModel, tenant: Tenant, prompt: string, more: object = {}): Promise<Seen> {
  const client = served.client.withOptions({ apiKey: tenant });
  const body = {
    ...{ model: MODEL, prompt, temperature: 0, max_tokens: 32, ignore_eos: true },
    ...{ stream: true, stream_options: { include_usage: true }, foretoken: { rounds: true } },
    ...more,
  };
  const chunks = await collect(
    await client.completions.create(body as unknown as OpenAI.CompletionCreateParamsStreaming),
  );
  const texts = chunks.flatMap((chunk) => {
    const { foretoken } = chunk as { foretoken?: { rounds: Rounds } };
    return [...(foretoken?.rounds.flatMap(textsOf) ?? []), ...chunk.choices.map(({ text }) => text)];
  });
  const last = chunks.at(-1) as unknown as { usage: OpenAI.CompletionUsage; timings: Record<string, number> };
  const { draft_n, draft_n_accepted, cache_n, prompt_n, predicted_n } = last.timings;
  return {
    texts,
    cached: last.usage.prompt_tokens_details?.cached_tokens ?? 0,
    counts: [draft_n, draft_n_accepted, cache_n, prompt_n, predicted_n].map(Number),
  };
}

/** A text that the model goes on repeating, so that it is in what the model was asked as well as in what it answers. */
const repeated = (words: readonly string[]): string => `${words.join(' ')}\n`.repeat(5);

const speculation = (draft: string, controller = 'fixed'): object => ({
  speculation: { draft, controller, depth: 8, min_confidence: 0 },
});

let seed = 1;
const freshWords = (): readonly string[] => secretWords(8, seededRandom(seed++));

/** What of somebody's words is shown to requests that know two of them, at two places. */
async function leaked(
  served: ServedModel,
  tenant: Tenant,
  words: readonly string[],
  more: object,
): Promise<readonly string[]> {
  const shown: string[] = [];
  for (const at of [0, 4]) {
    const begun = `We know: ${words.slice(at, at + 2).join(' ')}`;
    const { texts } = await complete(served, tenant, begun, { max_tokens: 6, ...more });
    shown.push(...wordsShown(words.slice(at + 2, at + 4), texts));
  }
  return shown;
}

describe('texts of one key', () => {
  let served: ServedModel;
  beforeAll(async () => {
    served = await start(`model:${MODEL}`);
  });
  afterAll(() => served?.server.close());

  const form = { guided_regex: '[a-z .\\n]+' };
  const expected = { prediction: { type: 'content', content: 'We know nothing.' } };
  it.each([
    ['suffix', 'remembers', {}],
    ['recycling', 'remembers', {}],
    ['cascade', 'remembers', {}],
    // Which guesses of all drafters are sent, the planner decides.
    ['auto', 'may remember', {}],
    ['auto', 'may remember', form],
    ['suffix', 'remembers', form],
    ['lookup', 'forgets', {}],
    ['prediction', 'forgets', expected],
    ['auto', 'may remember', expected],
    [`model:${MODEL}`, 'may remember', {}],
  ] as const)('are in no guess for another: %s, which %s (%j)', async (draft, memory, more) => {
    const words = freshWords();
    const asked = { ...more, ...speculation(draft) };
    await complete(served, 'alice', repeated(words), asked);
    for (const controller of draft === 'auto' || draft === 'suffix' ? CONTROLLERS : ['fixed']) {
      expect(await leaked(served, 'bob', words, { ...more, ...speculation(draft, controller) }), controller).toEqual(
        [],
      );
    }
    // A salt keeps a request apart from the others of its own key too.
    expect(await leaked(served, 'alice', words, { ...asked, cache_salt: `salt ${words[0]}` })).toEqual([]);
    const own = await leaked(served, 'alice', words, asked);
    if (memory === 'remembers') expect(own.length).toBeGreaterThan(1);
    if (memory === 'forgets') expect(own).toEqual([]);
  });

  it('are in no guess for another that runs at the same time', async () => {
    const words = freshWords();
    const writing = complete(served, 'alice', repeated(words), speculation('suffix'));
    for (let i = 0; i < 2; i++) expect(await leaked(served, 'bob', words, speculation('suffix'))).toEqual([]);
    await writing;
    expect((await leaked(served, 'alice', words, speculation('suffix'))).length).toBeGreaterThan(1);
  });

  it('change no number that another is told', async () => {
    const names = secretWords(4, seededRandom(99));
    const record = (name: string): string =>
      `The patient of whom we speak today with all of his many doctors and nurses in this great house is called ${name}.`;
    const ask = async (tenant: Tenant, salt?: string): Promise<readonly (readonly number[])[]> => {
      const seen: (readonly number[])[] = [];
      for (const name of names) {
        const more = { ...speculation('suffix'), max_tokens: 4, ...(salt === undefined ? {} : { cache_salt: salt }) };
        const { counts, cached } = await complete(served, tenant, record(name), more);
        seen.push([...counts, cached]);
      }
      return seen;
    };
    const before = await ask('bob', 'before');
    for (const name of names.slice(0, 2)) await complete(served, 'alice', record(name), speculation('suffix'));
    expect(await ask('bob', 'after')).toEqual(before);
    for (const name of names.slice(0, 2)) await complete(served, 'alice', record(name), speculation('suffix'));
    // Without a salt Alice finds all of what she had asked, and less of what she had not.
    const cached = (await ask('alice')).map((numbers) => numbers.at(-1) ?? 0);
    expect(Math.min(...cached.slice(0, 2))).toBeGreaterThan(Math.max(...cached.slice(2)));
  });
});

describe('texts of one key, with early exit', () => {
  it('are in no guess for another', async () => {
    const served = await start(`early-exit:${EXIT_LAYERS}`);
    try {
      const words = freshWords();
      await complete(served, 'alice', repeated(words), speculation(`early-exit:${EXIT_LAYERS}`));
      expect(await leaked(served, 'bob', words, speculation(`early-exit:${EXIT_LAYERS}`))).toEqual([]);
    } finally {
      await served.server.close();
    }
  });
});

describe('texts of all keys, shared on purpose', () => {
  it('are in guesses and numbers for all, but for requests with a salt', async () => {
    const served = await start(`model:${MODEL}`, true);
    try {
      const words = freshWords();
      await complete(served, 'alice', repeated(words), speculation('suffix'));
      expect((await leaked(served, 'bob', words, speculation('suffix'))).length).toBeGreaterThan(1);
      expect(await leaked(served, 'bob', words, { ...speculation('suffix'), cache_salt: 'mine' })).toEqual([]);
      expect((await complete(served, 'bob', repeated(words))).cached).toBeGreaterThan(16);
      expect((await complete(served, 'bob', repeated(words), { cache_salt: 'other' })).cached).toBe(0);
    } finally {
      await served.server.close();
    }
  });
});
