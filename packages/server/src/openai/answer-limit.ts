import { invalidParameter } from '../http/api-error.js';
import type { GenerationParameters } from './generation-schema.js';

/**
 * Most tokens of an answer by the first of the names it has that was given; `undefined`: no limit was named.
 *
 * @throws {ApiError} 400 for an answer of no tokens.
 */
export function answerLimit(
  parameters: Pick<GenerationParameters, 'max_tokens'> & {
    readonly max_completion_tokens?: number | undefined;
    readonly n_predict?: number | undefined;
  },
): number | undefined {
  const { max_completion_tokens: newest, max_tokens: older, n_predict: other } = parameters;
  if (other === 0) throw invalidParameter('n_predict', "'n_predict' must be at least 1, or -1 for no limit.");
  return newest ?? older ?? (other === undefined || other < 0 ? undefined : other);
}

/** @throws {ApiError} 400 for what only a stream can show. */
export function checkStreamOptions(
  parameters: Pick<GenerationParameters, 'stream' | 'stream_options' | 'foretoken'>,
): void {
  if (parameters.stream) return;
  if (parameters.stream_options !== undefined) {
    throw invalidParameter('stream_options', "'stream_options' needs 'stream' to be true.");
  }
  if (parameters.foretoken?.rounds === true) {
    throw invalidParameter('foretoken.rounds', "'foretoken.rounds' needs 'stream' to be true.");
  }
}
