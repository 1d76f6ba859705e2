import { readFile } from 'node:fs/promises';
import type { EngineAnswer, EngineLoading, EngineMode, EngineTask, PeerWork } from './peers/engine-work.js';
import { type LlamaCompletion, LlamaServer } from './peers/llama-server.js';
import { serveRequests } from './workers/serve-requests.js';

/**
 * The process of llama.cpp's own server in `bench:peers`. Speculation is an option of the whole server there, so that
 * each mode has a server of its own; those that are not asked wait without work.
 */

const servers = new Map<EngineMode, LlamaServer>();
// A server that lived on would hold memory, and the processor while it waits for its threads.
process.on('exit', () => {
  for (const server of servers.values()) server.kill();
});
serveRequests<PeerWork>({ load, answer });

async function load(request: EngineLoading): ReturnType<PeerWork['load']> {
  const { llamaServer, model, draftModel, threads, contextLength, mode } = request;
  if (llamaServer === undefined) return { kind: 'absent', reason: 'no binary was named with --llama-server.' };
  const modes: readonly EngineMode[] =
    mode === 'every'
      ? ['standard', 'ngram-mod', ...(draftModel === undefined ? [] : (['draft-model'] as const))]
      : [mode];
  for (const each of modes) {
    const speculation = speculationOf(each, draftModel);
    servers.set(each, await LlamaServer.start({ binary: llamaServer, model, threads, contextLength, speculation }));
  }
  const [first] = servers.values();
  return { kind: 'loaded', description: `${first?.version ?? ''} of ${llamaServer}`, memory: await memoryOf(modes) };
}

function speculationOf(mode: EngineMode, draftModel: string | undefined): readonly string[] {
  switch (mode) {
    case 'standard':
      return [];
    case 'ngram-mod':
      return ['--spec-type', 'ngram-mod'];
    case 'draft-model':
      if (draftModel === undefined) throw new Error('There is no draft model for the mode "draft-model".');
      return ['--spec-type', 'draft-simple', '-md', draftModel];
    case 'auto':
    case 'lookup':
    case 'lookup-1':
      throw new Error(`llama-server has no mode "${mode}".`);
  }
}

async function answer(request: EngineTask): Promise<EngineAnswer> {
  const server = servers.get(request.mode);
  if (server === undefined) throw new Error(`No server was started for the mode "${request.mode}".`);
  const { tokens, timings }: LlamaCompletion = await server.complete(request.prompt, request.maximumTokens);
  const passes = tokens.length - 1;
  return {
    tokens,
    statistics: {
      promptTokens: request.prompt.length,
      draftedTokens: timings.draft_n ?? 0,
      acceptedTokens: timings.draft_n_accepted ?? 0,
      milliseconds: {
        prefill: timings.prompt_ms,
        // Its clock starts with the first token, which came with the prompt: that one is given the others' mean time.
        decode: passes === 0 ? 0 : (timings.predicted_ms * tokens.length) / passes,
      },
    },
    memory: await memoryOf([request.mode]),
  };
}

/** Resident memory of the servers of these modes, in bytes; 0 where the system does not tell. */
async function memoryOf(modes: readonly EngineMode[]): Promise<number> {
  let total = 0;
  for (const mode of modes) {
    const status = await readFile(`/proc/${servers.get(mode)?.processId}/status`, 'utf8').catch(() => '');
    total += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return total;
}
