import { createDecoder, type Decoder } from 'foretoken';
import type { EngineReply, EngineRequest } from './peers/engine-messages.js';
import { serveRequests } from './workers/serve-requests.js';

/** foretoken's process in `bench:peers`, on the CPU as its peer is. */

let loaded: Decoder | undefined;
serveRequests(answer);

async function answer(request: EngineRequest): Promise<EngineReply> {
  switch (request.kind) {
    case 'load':
      return load(request);
    case 'encode':
      return { kind: 'encoded', tokens: [...decoder().encode(request.messages)] };
    case 'answer':
      return generate(request);
  }
}

async function load({
  reference,
  contextLength,
  mode,
  arithmetic,
}: Extract<EngineRequest, { kind: 'load' }>): Promise<EngineReply> {
  const draft = mode === 'standard' ? 'none' : 'auto';
  loaded = await createDecoder({
    model: reference,
    contextLength,
    draft,
    device: 'cpu',
    ...(arithmetic ? { arithmetic } : {}),
  });
  return {
    kind: 'loaded',
    description: `${loaded.executor} on ${loaded.device}, ${loaded.arithmetic} products, TensorFlow ${loaded.report.versions.tensorflow}`,
    memory: process.memoryUsage.rss(),
  };
}

async function generate({
  prompt,
  mode,
  ...options
}: Extract<EngineRequest, { kind: 'answer' }>): Promise<EngineReply> {
  if (mode !== 'standard' && mode !== 'auto') throw new Error(`foretoken has no mode "${mode}".`);
  const draft = mode === 'standard' ? 'none' : 'auto';
  const tokens: number[] = [];
  const events = decoder().generate(Int32Array.from(prompt), { draft, maxTokens: options.maximumTokens });
  for await (const event of events) {
    if (event.kind === 'token') {
      tokens.push(event.token);
      continue;
    }
    const { milliseconds, draftedTokens, acceptedTokens } = event.statistics;
    return {
      kind: 'answered',
      tokens,
      milliseconds: { prefill: milliseconds.prefill, decode: milliseconds.decode },
      drafted: draftedTokens,
      accepted: acceptedTokens,
      memory: process.memoryUsage.rss(),
    };
  }
  throw new Error('The generation ended without a finish event.');
}

function decoder(): Decoder {
  if (loaded === undefined) throw new Error('No model is loaded in this process yet.');
  return loaded;
}
