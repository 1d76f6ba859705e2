import {
  acceptanceRate,
  type DecodingStatistics,
  decodeTokensPerSecond,
  type FinishReason,
  type GenerationEvent,
  meanAcceptanceLength,
} from '@foretoken/core';

/** A whole generation as one value. This is also what the command line prints with `--json`. */
export interface GenerationResult {
  readonly text: string;
  /** Generated tokens, the end token included when there was one (the text has no trace of it). */
  readonly tokens: readonly number[];
  readonly promptTokens: readonly number[];
  readonly finishReason: FinishReason;
  readonly device: string;
  readonly timings: {
    /** Milliseconds to read the prompt. */
    readonly prefillMs: number;
    /** Milliseconds from the end of the prompt to the last token. */
    readonly decodeMs: number;
    /** `tokens.length` over `decodeMs`, per second. */
    readonly tokensPerSecond: number;
  };
  /** Absent with standard decoding. */
  readonly speculation?: {
    /** Forwards of the model after the prompt. */
    readonly rounds: number;
    readonly drafted: number;
    readonly accepted: number;
    /** accepted / drafted; 0 when nothing was drafted. */
    readonly acceptanceRate: number;
    /** Tokens a forward: 1 + accepted / rounds; 0 when there was no round. */
    readonly meanAcceptanceLength: number;
    /** Index d: how often a guess at depth d (0 = first) was accepted. */
    readonly acceptedPerDepth: readonly number[];
    /** Counters of each drafter that guessed, by its name. */
    readonly byDrafter: Readonly<Record<string, { rounds: number; drafted: number; accepted: number }>>;
    /** Rounds without guesses. */
    readonly standardRounds: number;
    /** The same by the reason why there were none. */
    readonly standardReasons: DecodingStatistics['standardReasons'];
    /** Rounds that continued without guesses, or with fewer than planned, because something failed. */
    readonly fallbacks: number;
    /** Milliseconds spent in each step of all rounds. */
    readonly draftMs: number;
    readonly forwardMs: number;
    readonly verifyMs: number;
  };
}

/**
 * Runs a generation to its end and collects its events into one result. `onEvent` is called with every event.
 *
 * @throws Whatever the generation throws.
 */
export async function collectGeneration(options: {
  readonly events: AsyncIterable<GenerationEvent>;
  readonly promptTokens: Int32Array;
  readonly device: string;
  /** Whether guesses were made: adds `speculation` to the result. */
  readonly speculative: boolean;
  readonly onEvent?: (event: GenerationEvent) => void;
}): Promise<GenerationResult> {
  const tokens: number[] = [];
  let text = '';
  let finish: Extract<GenerationEvent, { kind: 'finish' }> | undefined;
  for await (const event of options.events) {
    text += event.text;
    if (event.kind === 'round') tokens.push(...event.round.tokens);
    else finish = event;
    options.onEvent?.(event);
  }
  if (finish === undefined) throw new Error('The generation ended without a finish event.');
  const { statistics } = finish;
  return {
    text,
    tokens,
    promptTokens: [...options.promptTokens],
    finishReason: finish.reason,
    device: options.device,
    timings: {
      prefillMs: round(statistics.milliseconds.prefill),
      decodeMs: round(statistics.milliseconds.decode),
      tokensPerSecond: round(decodeTokensPerSecond(statistics)),
    },
    ...(options.speculative ? { speculation: speculation(statistics) } : {}),
  };
}

function speculation(statistics: DecodingStatistics): NonNullable<GenerationResult['speculation']> {
  const { rounds, draftedTokens: drafted, acceptedTokens: accepted, standardRounds, standardReasons } = statistics;
  const { draft, forward, verify } = statistics.milliseconds;
  return {
    rounds,
    drafted,
    accepted,
    acceptanceRate: acceptanceRate(statistics),
    meanAcceptanceLength: meanAcceptanceLength(statistics),
    acceptedPerDepth: statistics.acceptedPerDepth.filter((times) => times > 0),
    byDrafter: Object.fromEntries(
      Object.entries(statistics.byDrafter).map(([name, counted]) => [
        name,
        { rounds: counted.rounds, drafted: counted.draftedTokens, accepted: counted.acceptedTokens },
      ]),
    ),
    standardRounds,
    standardReasons,
    fallbacks: Object.values(statistics.fallbacks).reduce((sum, times) => sum + times, 0),
    draftMs: round(draft),
    forwardMs: round(forward),
    verifyMs: round(verify),
  };
}

/** Timings are noise beyond the microsecond. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
