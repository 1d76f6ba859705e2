import { withoutUndefined } from '@foretoken/core';
import { createDecoder, type Decoder } from 'foretoken';
import { wholeAnswer } from './decode/answer-prompt.js';
import type { EngineAnswer, EngineLoading, EngineTask, EngineWork } from './peers/engine-work.js';
import { forgetPrompt } from './prompts/forget-prompt.js';
import { serveRequests } from './workers/serve-requests.js';

/** foretoken's process in `bench:peers`, on the CPU as its peer is. */

let loaded: Decoder | undefined;
/** The first answer counts as a part of the start, and has nothing to forget. */
let hasAnswered = false;
serveRequests<EngineWork>({
  load,
  encode: async (messages) => [...decoder().encode(messages)],
  answer,
});

async function load({ reference, contextLength, mode, arithmetic }: EngineLoading): ReturnType<EngineWork['load']> {
  const draft = mode === 'standard' ? 'none' : 'auto';
  loaded = await createDecoder({
    model: reference,
    contextLength,
    draft,
    device: 'cpu',
    ...withoutUndefined({ arithmetic }),
  });
  return {
    kind: 'loaded',
    description: `${loaded.executor} on ${loaded.device}, ${loaded.arithmetic} products, TensorFlow ${loaded.report.versions.tensorflow}`,
    memory: process.memoryUsage.rss(),
  };
}

async function answer({ prompt, mode, maximumTokens }: EngineTask): Promise<EngineAnswer> {
  if (mode !== 'standard' && mode !== 'auto') throw new Error(`foretoken has no mode "${mode}".`);
  const draft = mode === 'standard' ? 'none' : 'auto';
  if (hasAnswered) await forgetPrompt(decoder());
  hasAnswered = true;
  const events = decoder().generate(Int32Array.from(prompt), { draft, maxTokens: maximumTokens });
  const { tokens, statistics } = await wholeAnswer(events);
  return { tokens, statistics, memory: process.memoryUsage.rss() };
}

function decoder(): Decoder {
  if (loaded === undefined) throw new Error('No model is loaded in this process yet.');
  return loaded;
}
