import type { LlamaContext, LlamaContextSequence, LlamaModel, Token, TokenPredictor } from 'node-llama-cpp';
import type { EngineAnswer, EngineLoading, EngineMode, EngineTask, PeerWork } from './peers/engine-work.js';
import { serveRequests } from './workers/serve-requests.js';

/** node-llama-cpp's process in `bench:peers`, on the CPU, with its own defaults for all that is not named here. */

type Library = typeof import('node-llama-cpp');

interface Loaded {
  readonly library: Library;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly draftContext: LlamaContext | undefined;
}

let loaded: Loaded | undefined;
serveRequests<PeerWork>({ load, answer });

async function load({
  model: modelPath,
  draftModel,
  threads,
  contextLength,
  mode,
}: EngineLoading): ReturnType<PeerWork['load']> {
  const library = await importLibrary();
  if (library === undefined) return { kind: 'absent', reason: 'node-llama-cpp is not installed.' };
  const llama = await startLlama(library, threads);
  if (llama === undefined) {
    return { kind: 'absent', reason: `node-llama-cpp has no binary for ${process.platform} ${process.arch}.` };
  }
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  // As an object with `min`, because a number alone is a hint that may end in fewer.
  const options = { contextSize: contextLength, threads: { ideal: threads, min: threads } };
  const context = await model.createContext(options);
  const drafts = draftModel !== undefined && (mode === 'every' || mode === 'draft-model');
  const draft = drafts ? await llama.loadModel({ modelPath: draftModel, gpuLayers: 0 }) : undefined;
  loaded = { library, model, context, draftContext: await draft?.createContext(options) };
  return {
    kind: 'loaded',
    description: `${await library.getModuleVersion()}, llama.cpp ${llama.llamaCppRelease.release}, ${llama.buildType} binary on cpu, flash attention ${context.flashAttention}`,
    memory: process.memoryUsage.rss(),
  };
}

/** `undefined` when the package is not there: it is an optional dependency. */
async function importLibrary(): Promise<Library | undefined> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** `undefined` when there is no binary for this machine. Never builds or fetches one. */
async function startLlama(library: Library, threads: number): Promise<LlamaModel['llama'] | undefined> {
  try {
    return await library.getLlama({
      ...{ gpu: false, build: 'never', skipDownload: true, progressLogs: false },
      maxThreads: threads,
      logLevel: library.LlamaLogLevel.error,
    });
  } catch (error) {
    if (error instanceof library.NoBinaryFoundError) return undefined;
    throw error;
  }
}

async function answer(request: EngineTask): Promise<EngineAnswer> {
  if (loaded === undefined) throw new Error('No model is loaded in this process yet.');
  const { model, context } = loaded;
  const prompt = request.prompt.map((token) => token as Token);
  const draftSequence = request.mode === 'draft-model' ? loaded.draftContext?.getSequence() : undefined;
  const tokenPredictor = predictorOf(request.mode, loaded.library, draftSequence);
  const sequence = context.getSequence(tokenPredictor === undefined ? {} : { tokenPredictor });
  try {
    const started = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, -1));
    const prefilled = performance.now();
    // As its own LlamaCompletion does it: guesses come from the prompt.
    tokenPredictor?.updateInputTokens(prompt);
    const tokens: number[] = [];
    for await (const token of sequence.evaluate(prompt.slice(-1), { temperature: 0, yieldEogToken: true })) {
      tokens.push(token);
      if (tokens.length >= request.maximumTokens || model.isEogToken(token)) break;
    }
    const ended = performance.now();
    const { validated, refuted } = sequence.tokenPredictions;
    return {
      tokens,
      statistics: {
        ...{ promptTokens: prompt.length, draftedTokens: validated + refuted, acceptedTokens: validated },
        milliseconds: { prefill: prefilled - started, decode: ended - prefilled },
      },
      memory: process.memoryUsage.rss(),
    };
  } finally {
    await sequence.dispose();
    await draftSequence?.dispose();
  }
}

function predictorOf(
  mode: EngineMode,
  library: Library,
  draftSequence: LlamaContextSequence | undefined,
): TokenPredictor | undefined {
  switch (mode) {
    case 'standard':
      return undefined;
    case 'lookup':
      return new library.InputLookupTokenPredictor();
    case 'lookup-1':
      return new library.InputLookupTokenPredictor({ predictionLength: { max: 1 } });
    case 'draft-model':
      if (draftSequence === undefined) throw new Error('The process was loaded without a draft model.');
      return new library.DraftSequenceTokenPredictor(draftSequence);
    case 'auto':
    case 'ngram-mod':
      throw new Error(`node-llama-cpp has no mode "${mode}".`);
  }
}
