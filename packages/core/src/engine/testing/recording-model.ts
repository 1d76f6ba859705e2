import type { ForwardInput, ForwardOutput } from '../../contracts/language-model.js';
import { TokenListModel, type TokenListModelOptions } from '../../decoding/testing/token-list-model.js';

/** What a forward was asked, one number a sequence: tokens scored. */
export interface RecordedForward {
  readonly prefill: readonly number[];
  readonly decode: readonly number[];
}

/** A token list model that tells what its forwards were asked, and can be made to fail. */
export class RecordingModel extends TokenListModel {
  readonly recorded: RecordedForward[] = [];
  /** Called before every forward; may throw. */
  before: () => void = () => {};
  /** Changes what a forward gives back. */
  after: (output: ForwardOutput, inputs: readonly ForwardInput[]) => ForwardOutput = (output) => output;

  constructor(options: Partial<TokenListModelOptions> = {}) {
    super({ vocabularySize: 12, contextLength: 400, slots: 8, ...options });
  }

  get prefilledTokens(): number {
    return this.recorded.flatMap(({ prefill }) => prefill).reduce((sum, tokens) => sum + tokens, 0);
  }

  override async forward(inputs: readonly ForwardInput[]): Promise<ForwardOutput> {
    this.before();
    const sizes = (prefill: boolean): number[] =>
      inputs.filter(({ want }) => (want === 'none') === prefill).map(({ tokens }) => tokens.length);
    this.recorded.push({ prefill: sizes(true), decode: sizes(false) });
    return this.after(await super.forward(inputs), inputs);
  }
}
