import { NO_STATISTICS } from '@foretoken/core';
import type { TextEvent, TextRequest } from './text-engine.js';

/** The end of a request that was aborted before an engine took it: nothing was generated. */
export function abortedFinish({ prompt }: Pick<TextRequest, 'prompt'>): TextEvent {
  return { kind: 'finish', reason: 'abort', text: '', statistics: { ...NO_STATISTICS, promptTokens: prompt.length } };
}
