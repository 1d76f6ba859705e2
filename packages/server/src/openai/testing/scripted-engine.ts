import { once } from 'node:events';
import {
  type DecodingStatistics,
  EngineClosedError,
  type FinishReason,
  NO_STATISTICS,
  type TokenId,
} from '@foretoken/core';
import type {
  EngineDescription,
  EngineSnapshot,
  EngineState,
  TextEngine,
  TextEvent,
  TextRequest,
  TextRound,
} from '@foretoken/server';
import { DESCRIPTION } from '../../engine/testing/scripted-child.js';

/** What a scripted engine does with a request: gives these events, and waits or throws where the script does. */
export type Script = (request: TextRequest, signal: AbortSignal) => AsyncIterable<TextEvent>;

/** An engine for tests of what stands before it. */
export class ScriptedEngine implements TextEngine {
  state: EngineState = 'ready';
  script: Script = scriptOf(['a']);
  readonly requests: TextRequest[] = [];
  /** Requests whose events are being read. */
  running = 0;
  closed = 0;
  readonly description: EngineDescription;

  constructor(changes: Partial<EngineDescription> = {}) {
    this.description = { ...DESCRIPTION, vocabularySize: 270, controller: 'auto', ...changes };
  }

  async *submit(request: TextRequest, signal: AbortSignal = new AbortController().signal): AsyncGenerator<TextEvent> {
    this.requests.push(request);
    this.running++;
    try {
      for await (const event of this.script(request, signal)) {
        if (signal.aborted) {
          yield finish('abort');
          return;
        }
        yield event;
      }
    } finally {
      this.running--;
    }
  }

  snapshot(): EngineSnapshot {
    return { engines: [] };
  }

  async close(): Promise<void> {
    this.closed++;
    this.state = 'closed';
  }
}

/** Gives texts as rounds of a token, then ends. */
export function scriptOf(texts: readonly string[], reason: FinishReason = 'stop'): Script {
  return async function* () {
    yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
    for (const text of texts) yield round(text);
    yield finish(reason, texts.length);
  };
}

/** Gives texts as rounds of a token, then waits until it is aborted. */
export function endless(texts: readonly string[]): Script {
  return async function* (_, signal) {
    yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
    for (const text of texts) yield round(text);
    await aborted(signal);
    yield finish('abort');
  };
}

/** Gives texts as rounds of a token, then throws. */
export function failing(texts: readonly string[], error: unknown = new EngineClosedError()): Script {
  return async function* () {
    if (texts.length > 0) yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
    for (const text of texts) yield round(text);
    throw error;
  };
}

/** A round that brought these tokens; all but the last were guesses. */
export function round(...texts: readonly string[]): TextRound {
  const tokens = texts.map((text, index): TextRound['tokens'][number] => {
    return { token: 97 as TokenId, text, origin: index < texts.length - 1 ? 'draft' : 'target' };
  });
  return { kind: 'round', tokens, text: texts.join('') };
}

export function finish(reason: FinishReason, generatedTokens = 0): TextEvent {
  return { kind: 'finish', reason, text: '', statistics: statistics({ generatedTokens }) };
}

export function statistics(changes: Partial<DecodingStatistics> = {}): DecodingStatistics {
  return { ...NO_STATISTICS, promptTokens: 3, rounds: 1, standardRounds: 1, ...changes };
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
