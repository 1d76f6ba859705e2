import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { likelyTokens, partsAtTie } from './prove-tie.js';
import type { Sameness, ServeAnswer, ServeBlock } from './serve-record.js';
import { chatBody, streamChat } from './stream-chat.js';
import { warmUpServer } from './warm-up-server.js';

/** How an answer key asks. */
export interface AnswerKeyOptions {
  /** Most tokens of an answer. */
  readonly maximumTokens: number;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

/** What a prompt gets when nobody else asks. */
interface AnswerAlone {
  readonly prompt: BenchmarkPrompt;
  readonly text: string;
  /** Milliseconds until its first text. */
  readonly firstText: number;
}

/** The answers that prompts get alone and without guesses, which all others are held against, as are their times. */
export class AnswerKey {
  readonly #options: AnswerKeyOptions;
  readonly #answers = new Map<string, AnswerAlone>();

  constructor(options: AnswerKeyOptions) {
    this.#options = options;
  }

  /**
   * Asks a server that does not speculate and has not been asked before, one prompt at a time. Throws an `Error` when a
   * prompt gets no answer.
   */
  async learn(url: string, prompts: readonly BenchmarkPrompt[]): Promise<void> {
    const { maximumTokens, ...clock } = this.#options;
    await warmUpServer({ url, streams: 1 });
    for (const prompt of prompts) {
      const outcome = await streamChat({ url, body: chatBody(prompt, maximumTokens), ...clock });
      if (outcome.kind !== 'answered') throw new Error(`${prompt.id} got no answer: ${outcome.message}`);
      this.#answers.set(prompt.id, { prompt, text: outcome.text, firstText: outcome.firstText });
    }
  }

  /**
   * The block with every answer and its wait compared. `servers`: where to ask, alone, for the logprobs of an answer that
   * differs, which may prove a tie; none where answers may not part at ties.
   */
  async judge(block: ServeBlock, servers: readonly string[]): Promise<ServeBlock> {
    const answers: ServeAnswer[] = [];
    for (const answer of block.answers) answers.push(await this.#judge(answer, servers));
    return { ...block, answers };
  }

  async #judge(given: ServeAnswer, servers: readonly string[]): Promise<ServeAnswer> {
    const { prompt, outcome } = given;
    const answer = this.#answers.get(prompt);
    if (outcome.kind !== 'answered' || answer === undefined) return given;
    const stretch = stretchOf(outcome.firstText, answer.firstText);
    return { ...given, sameness: await this.#compare(outcome.text, answer, servers), stretch };
  }

  async #compare(text: string, answer: AnswerAlone, servers: readonly string[]): Promise<Sameness> {
    if (text === answer.text) return 'identical';
    if (servers.length === 0) return 'different';
    const body = chatBody(answer.prompt, this.#options.maximumTokens);
    for (const url of servers) {
      const tokens = await likelyTokens(url, body);
      // With guesses the answer alone may be the other one of a tie.
      const isTie = partsAtTie(answer.text, text, tokens) || partsAtTie(text, answer.text, tokens);
      if (!isTie) return 'different';
    }
    return 'tie';
  }
}

/** Milliseconds that times are kept to; no time is taken to be shorter, so that none divides by nothing. */
const LEAST_TIME = 0.1;

function stretchOf(firstText: number, alone: number): number {
  // More digits would only be noise.
  return Number((firstText / Math.max(alone, LEAST_TIME)).toPrecision(4));
}
