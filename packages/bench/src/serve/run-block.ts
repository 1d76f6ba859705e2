import { Agent } from 'node:http';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { WARM_UP } from '../prompts/warm-up.js';
import { seededRandom } from '../seeded-random.js';
import { generateLoad, type LoadOptions } from './generate-load.js';
import { processorTime } from './processor-time.js';
import type { ServeAnswer, ServeBlock } from './serve-record.js';
import type { RunningServer } from './server-process.js';
import { type ChatOutcome, chatBody, streamChat } from './stream-chat.js';
import { warmUpServer } from './warm-up-server.js';

/** One load on one server. */
export interface BlockOptions extends Pick<LoadOptions<ServeAnswer>, 'load' | 'requests' | 'duration'> {
  readonly server: RunningServer;
  /** Request number i asks prompt i; when there are no more they come again. */
  readonly prompts: readonly BenchmarkPrompt[];
  readonly maximumTokens: number;
  /** Of the arrivals of an open load. */
  readonly seed: number;
}

/** Streams at a time that warm a server up for an open load. */
const WARM_UP_STREAMS = 8;

/** Puts a load on a server. A short answer of each of as many streams comes before. */
export async function runBlock(options: BlockOptions): Promise<Omit<ServeBlock, 'repeat' | 'turn'>> {
  const { server, load, prompts, maximumTokens, seed, ...limits } = options;
  const agent = new Agent({ keepAlive: true });
  try {
    const streams = load.kind === 'closed' ? load.concurrency : WARM_UP_STREAMS;
    await warmUpServer({ url: server.url, streams, agent });
    const before = await engineTime(server);
    const { results, milliseconds } = await generateLoad<ServeAnswer>({
      load,
      ...limits,
      random: seededRandom(seed, 'arrivals'),
      send: async (index) => {
        const prompt = prompts[index % prompts.length] ?? WARM_UP;
        const outcome = await streamChat({ url: server.url, body: chatBody(prompt, maximumTokens), agent });
        return { prompt: prompt.id, outcome: rounded(outcome) };
      },
    });
    const after = await engineTime(server);
    return {
      load,
      mode: server.mode,
      milliseconds: tenths(milliseconds),
      ...(before === undefined || after === undefined ? {} : { processorMilliseconds: after - before }),
      answers: results,
    };
  } finally {
    agent.destroy();
  }
}

function engineTime({ processId }: RunningServer): Promise<number | undefined> {
  return processId === undefined ? Promise.resolve(undefined) : processorTime(processId);
}

/** Records hold thousands of times; more digits would only be noise. */
function rounded(outcome: ChatOutcome): ChatOutcome {
  if (outcome.kind !== 'answered') return outcome;
  const { firstText, whole, gaps } = outcome;
  return { ...outcome, firstText: tenths(firstText), whole: tenths(whole), gaps: gaps.map(tenths) };
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
