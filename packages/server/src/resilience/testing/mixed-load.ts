import { ask, type Outcome, question } from './chat-client.js';

/** One kind of request of the mixed load, and whether what became of it is what should. */
interface Kind {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  readonly send: (url: string, random: () => number) => Promise<Outcome | 'as it should'>;
  readonly expected: Outcome['kind'];
}

/** What a mixed load came to. */
export interface MixedLoadResult {
  /** Requests of each kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** What should not have happened, in words. */
  readonly unexpected: readonly string[];
}

const TOPICS = ['rivers', 'lighthouses', 'bread', 'the moon', 'clocks', 'bees', 'glass', 'trains', 'rain', 'maps'];
const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 20 }, count: { type: 'integer', minimum: 0, maximum: 99 } },
  required: ['name', 'count'],
  additionalProperties: false,
};

/** What users do, most of it often and some of it wrong. */
const KINDS: readonly Kind[] = [
  {
    name: 'stream',
    weight: 8,
    expected: 'answered',
    send: (url, random) => ask(url, question(about(random), { stream: true, max_tokens: length(random) })),
  },
  {
    name: 'whole',
    weight: 4,
    expected: 'answered',
    send: (url, random) => ask(url, question(about(random), { max_tokens: length(random) })),
  },
  {
    name: 'sampled',
    weight: 3,
    expected: 'answered',
    send: (url, random) =>
      ask(
        url,
        question(about(random), { stream: true, temperature: 0.8, top_p: 0.9, seed: 7, frequency_penalty: 0.5 }),
      ),
  },
  {
    name: 'long prompt',
    weight: 2,
    expected: 'answered',
    send: (url, random) => ask(url, question(`Summarise: ${`${about(random)} `.repeat(30)}`, { stream: true })),
  },
  {
    name: 'copy',
    weight: 3,
    expected: 'answered',
    send: (url, random) => ask(url, question(`Repeat this list: ${list(random)}`, { stream: true, max_tokens: 48 })),
  },
  {
    name: 'schema',
    weight: 1,
    expected: 'answered',
    send: (url, random) =>
      ask(
        url,
        question(about(random), {
          response_format: { type: 'json_schema', json_schema: { name: 'thing', strict: true, schema: SCHEMA } },
        }),
      ),
  },
  {
    name: 'several',
    weight: 1,
    expected: 'answered',
    send: (url, random) =>
      ask(url, question(about(random), { n: 3, temperature: 1, seed: 3, logprobs: true, top_logprobs: 3 })),
  },
  {
    name: 'completion',
    weight: 2,
    expected: 'answered',
    send: (url, random) =>
      ask(url, { prompt: about(random), max_tokens: 16, temperature: 0 }, { path: '/v1/completions' }),
  },
  {
    name: 'standard',
    weight: 2,
    expected: 'answered',
    send: (url, random) => ask(url, question(about(random), { stream: true, speculation: false })),
  },
  {
    name: 'leaves',
    weight: 3,
    expected: 'left',
    send: async (url, random) => {
      const controller = new AbortController();
      const onText = (): void => controller.abort();
      if (random() < 0.5) setTimeout(() => controller.abort(), 60 * random());
      return ask(url, question(about(random), { stream: true, max_tokens: 200 }), {
        signal: controller.signal,
        onText,
      });
    },
  },
  {
    name: 'wrong',
    weight: 2,
    expected: 'refused',
    send: (url, random) => ask(url, random() < 0.5 ? '{"messages":' : { ...question('x'), temperature: -1 }),
  },
  { name: 'look', weight: 1, expected: 'answered', send: (url) => look(url, ['/health', '/metrics', '/v1/models']) },
];

/** Puts the mixed load on a server, from so many users at a time, until `isOver` says so. */
export async function mixedLoad(options: {
  readonly url: string;
  readonly users: number;
  readonly isOver: () => boolean;
  /** Uniform numbers in [0, 1). */
  readonly random: () => number;
}): Promise<MixedLoadResult> {
  const { url, users, isOver, random } = options;
  const counts: Record<string, number> = {};
  const unexpected: string[] = [];
  const user = async (): Promise<void> => {
    while (!isOver()) {
      const kind = choose(random);
      const outcome = await kind.send(url, random);
      counts[kind.name] = (counts[kind.name] ?? 0) + 1;
      if (outcome === 'as it should' || outcome.kind === kind.expected) continue;
      unexpected.push(`${kind.name}: ${JSON.stringify(outcome)}`);
    }
  };
  await Promise.all(Array.from({ length: users }, user));
  return { counts, unexpected };
}

const TOTAL_WEIGHT = KINDS.reduce((sum, { weight }) => sum + weight, 0);

function choose(random: () => number): Kind {
  let left = random() * TOTAL_WEIGHT;
  for (const kind of KINDS) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  throw new Error('A number from 0 to 1 was expected.');
}

function about(random: () => number): string {
  const topic = TOPICS[Math.floor(random() * TOPICS.length)];
  return `Write ${1 + Math.floor(random() * 40)} lines about ${topic}.`;
}

function list(random: () => number): string {
  return Array.from({ length: 6 }, () => `item-${Math.floor(random() * 9000)}`).join(', ');
}

function length(random: () => number): number {
  return 8 + Math.floor(random() * 56);
}

async function look(url: string, paths: readonly string[]): Promise<Outcome | 'as it should'> {
  for (const path of paths) {
    const response = await fetch(new URL(path, url));
    await response.text();
    if (response.status !== 200) return { kind: 'unclear', reason: `${path} gave ${response.status}` };
  }
  return 'as it should';
}
