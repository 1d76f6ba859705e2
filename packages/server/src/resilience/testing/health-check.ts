import { expect } from 'vitest';
import { ask, question, tally } from './chat-client.js';
import type { ServerProcess } from './server-process.js';
import { type ResidentMemory, settledMemory } from './settled-memory.js';
import { waitUntil } from './wait-until.js';

/** Questions whose answers are known once they were asked; long and short, copied and free. */
const QUESTIONS = [
  'What is the capital of France?',
  'Copy this line: gravity-04 reports 2291 units at 10:42, gravity-05 reports 2292 units at 10:43.',
  `Summarise: ${'The quick brown fox jumps over the lazy dog while the river runs to the sea. '.repeat(12)}`,
];
/** Requests that are decoded at a time. */
const PLACES = 8;
/** Prompts that fill a context of `CONTEXT_LENGTH`: memory of the KV cache is the system's until it is written to. */
const FILLING = 'One line of many that are of no interest to anybody. '.repeat(34);
/** Of the memory before. */
const MOST_GROWTH = 1.05;

/** Tokens of a context in these tests: short, so that all of them are soon written to. */
export const CONTEXT_LENGTH = 512;

/** What a server is held against after each attack: its answers and its memory from before. */
export class HealthCheck {
  readonly #server: ServerProcess;
  readonly #answers: readonly string[];
  readonly #memory: ResidentMemory;

  private constructor(server: ServerProcess, answers: readonly string[], memory: ResidentMemory) {
    this.#server = server;
    this.#answers = answers;
    this.#memory = memory;
  }

  /**
   * Warms a server up and notes how it is then. `rehearse` does once what the attack does: what a process keeps from the
   * first time that something was large is no leak, what it keeps from each time is.
   */
  static async of(server: ServerProcess, rehearse: () => Promise<unknown> = async () => {}): Promise<HealthCheck> {
    await warmUp(server);
    await rehearse();
    return new HealthCheck(server, await askAll(server), await settledMemory(server));
  }

  /**
   * Throws unless the server is up, answers as before, has no request left, and has its memory back. After an engine
   * was started again it is warmed up as the first one was.
   */
  async expectHealthy({ restarted = false } = {}): Promise<void> {
    const server = this.#server;
    await server.ready();
    await waitUntil('no request is running or waiting', async () => {
      const { running, waiting } = (await server.engine()).statistics;
      return running === 0 && waiting === 0;
    });
    expect(await askAll(server)).toEqual(this.#answers);
    if (restarted) await warmUp(server);
    let memory = await settledMemory(server);
    const isBack = (): boolean =>
      memory.server <= this.#memory.server * MOST_GROWTH && memory.engine <= this.#memory.engine * MOST_GROWTH;
    // A collector that is waited for comes in its own time.
    for (let attempt = 0; attempt < 5 && !isBack(); attempt++) memory = await settledMemory(server);
    console.log(`memory: ${describe(this.#memory)}, then ${describe(memory)}`);
    expect(memory.server, 'memory of the server').toBeLessThanOrEqual(this.#memory.server * MOST_GROWTH);
    expect(memory.engine, 'memory of the engine').toBeLessThanOrEqual(this.#memory.engine * MOST_GROWTH);
    const { statistics } = await server.engine();
    expect([statistics.running, statistics.waiting]).toEqual([0, 0]);
  }
}

async function askAll({ url }: ServerProcess): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const content of QUESTIONS) {
    const outcome = await ask(url, question(content, { stream: true }));
    expect(outcome).toMatchObject({ kind: 'answered' });
    if (outcome.kind === 'answered') answers.push(outcome.text);
  }
  return answers;
}

/** Writes to all of the KV cache and fills every pool, so that what is needed later is no growth. */
export async function warmUp({ url }: ServerProcess): Promise<void> {
  const wave = async (streams: number, content: (stream: number) => string): Promise<void> => {
    const outcomes = await Promise.all(
      Array.from({ length: streams }, (_, stream) =>
        ask(url, question(content(stream), { stream: stream % 2 === 0, logprobs: true, top_logprobs: 5 })),
      ),
    );
    expect(tally(outcomes)).toEqual({ answered: streams });
  };
  await wave(PLACES, (stream) => `${stream}. ${FILLING}`);
  await wave(2 * PLACES, (stream) => `${stream}. ${QUESTIONS[stream % QUESTIONS.length]}`);
}

function describe({ server, engine }: ResidentMemory): string {
  return `server ${(server / 2 ** 20).toFixed(1)} MiB, engine ${(engine / 2 ** 20).toFixed(1)} MiB`;
}
