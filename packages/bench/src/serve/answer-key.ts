import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { likelyTokens, partsAtTie } from './prove-tie.js';
import type { ServeBlock, ServeSample } from './serve-record.js';
import { streamChat } from './stream-chat.js';

/** Body of a greedy request. */
export function chatBody({ messages }: BenchmarkPrompt, maximumTokens: number): Readonly<Record<string, unknown>> {
  return { messages, temperature: 0, max_tokens: maximumTokens };
}

/** The answers that prompts get alone and without guesses, which all others are held against. */
export class AnswerKey {
  readonly #maximumTokens: number;
  readonly #answers = new Map<string, { readonly prompt: BenchmarkPrompt; readonly text: string }>();

  constructor(maximumTokens: number) {
    this.#maximumTokens = maximumTokens;
  }

  /** Asks a server that does not speculate, one prompt at a time. Throws an `Error` when a prompt gets no answer. */
  async learn(url: string, prompts: readonly BenchmarkPrompt[]): Promise<void> {
    for (const prompt of prompts) {
      const outcome = await streamChat({ url, body: chatBody(prompt, this.#maximumTokens) });
      if (outcome.kind !== 'answered') throw new Error(`${prompt.id} got no answer: ${outcome.message}`);
      this.#answers.set(prompt.id, { prompt, text: outcome.text });
    }
  }

  /** The block with every answer compared. `servers`: where to ask, alone, for the logprobs of an answer that differs. */
  async judge(block: ServeBlock, servers: readonly string[]): Promise<ServeBlock> {
    const samples: ServeSample[] = [];
    for (const sample of block.samples) samples.push(await this.#judge(sample, servers));
    return { ...block, samples };
  }

  async #judge(sample: ServeSample, servers: readonly string[]): Promise<ServeSample> {
    const { prompt, outcome } = sample;
    const answer = this.#answers.get(prompt);
    if (outcome.kind !== 'answered' || answer === undefined) return sample;
    if (outcome.text === answer.text) return { ...sample, sameness: 'identical' };
    const body = chatBody(answer.prompt, this.#maximumTokens);
    for (const url of servers) {
      const tokens = await likelyTokens(url, body);
      // With guesses the answer alone may be the other one of a tie.
      const isTie = partsAtTie(answer.text, outcome.text, tokens) || partsAtTie(outcome.text, answer.text, tokens);
      if (!isTie) return { ...sample, sameness: 'different' };
    }
    return { ...sample, sameness: 'tie' };
  }
}
