import { type DecodingRound, type GenerationEvent, NO_STATISTICS, type TokenId } from '@foretoken/core';
import type { ChatMessage } from '@foretoken/core/text';
import type { TensorFlowReport } from '@foretoken/tensorflow/status';
import type { Decoder, GenerateOptions } from '../../decoder/decoder.js';

export const fakeReport: TensorFlowReport = {
  devices: [
    {
      device: 'cuda',
      state: 'unavailable',
      code: 'no-gpu',
      reason: 'No NVIDIA driver answers. Nothing in /proc.',
      remedy: 'Use a machine with a GPU.',
    },
    { device: 'cpu', state: 'taken', from: '/cache/tfjs-node' },
    { device: 'wasm', state: 'not-tried', reason: 'cpu is faster' },
    { device: 'js', state: 'available', from: '@tensorflow/tfjs-backend-cpu' },
  ],
  versions: { node: '20.20.0', tfjs: '4.22.0', tensorflow: '2.21.0' },
  cacheDirectory: '/cache',
  threads: { cores: 2, intraOp: undefined, interOp: undefined },
  oneDnn: true,
};

/** What a fake decoder was asked for. */
export interface FakeCall {
  readonly prompt: Int32Array;
  readonly options: GenerateOptions;
}

/**
 * A decoder that answers with the words of `answer`, a token each, every second one a guess. It takes one character
 * for one token, refuses prompts of more than 100 tokens and stops when told to.
 */
export function fakeDecoder(options: {
  readonly answer: (call: FakeCall) => readonly string[];
  readonly onToken?: (index: number) => void;
}): Decoder & { readonly calls: readonly FakeCall[]; readonly closed: () => boolean } {
  const calls: FakeCall[] = [];
  let closed = false;
  const encode = (prompt: string | readonly ChatMessage[]): Int32Array => {
    const text = typeof prompt === 'string' ? prompt : prompt.map((message) => message.content).join('\n');
    return Int32Array.from(text, (character) => character.codePointAt(0) ?? 0);
  };
  async function* generate(
    prompt: string | Int32Array,
    generation: GenerateOptions = {},
  ): AsyncGenerator<GenerationEvent> {
    const call = { prompt: typeof prompt === 'string' ? encode(prompt) : prompt, options: generation };
    calls.push(call);
    if (call.prompt.length > 100) {
      throw Object.assign(new Error('The prompt has more\nthan 100 tokens.'), { code: 'prompt-too-long' });
    }
    const whole = options.answer(call);
    const words = whole.slice(0, generation.maxTokens);
    let made = 0;
    for (const [index, text] of words.entries()) {
      if (generation.signal?.aborted) break;
      options.onToken?.(index);
      made++;
      const origin = index % 2 === 1 && generation.draft !== 'none' ? 'draft' : 'target';
      const token = (100 + index) as TokenId;
      yield { kind: 'round', tokens: [{ token, text, origin }], text, round: roundOf(index, token) };
    }
    const guessed = generation.draft === 'none' ? 0 : Math.floor(made / 2);
    yield {
      kind: 'finish',
      reason: generation.signal?.aborted ? 'abort' : words.length < whole.length ? 'length' : 'stop',
      text: '',
      statistics: {
        ...{ ...NO_STATISTICS, promptTokens: call.prompt.length, generatedTokens: made, rounds: made - guessed },
        ...{ draftedTokens: 2 * guessed, acceptedTokens: guessed, acceptedPerDepth: [guessed, 0] },
        byDrafter:
          guessed > 0 ? { lookup: { rounds: guessed, draftedTokens: 2 * guessed, acceptedTokens: guessed } } : {},
        milliseconds: { prefill: 10, draft: 1, forward: 2, verify: 3, standard: 0, decode: 20 * (made - guessed) },
      },
    };
  }
  const close = (): void => {
    closed = true;
  };
  return {
    name: 'fake-model',
    device: 'cpu',
    executor: 'graph',
    arithmetic: 'exact',
    report: fakeReport,
    contextLength: 100,
    generate,
    chat: (messages, generation) => generate(encode(messages), generation),
    complete: () => Promise.reject(new Error('the command line does not call this')),
    encode,
    close,
    [Symbol.dispose]: close,
    calls,
    closed: () => closed,
  };
}

function roundOf(index: number, token: TokenId): DecodingRound {
  return {
    ...{ index, root: token, tree: undefined, sources: [], path: [], tokens: [token], perDepth: [] },
    plan: { kind: 'speculate', drafter: 'lookup', depth: 1, width: 1, nodes: 1, minimumConfidence: 0 },
    ...{ drafted: 0, accepted: 0, emitted: 1, activeSequences: 1, contextLength: index },
    milliseconds: { draft: 1, forward: 1, verify: 1 },
  };
}
