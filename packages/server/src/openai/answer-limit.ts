import { invalidParameter } from '../http/api-error.js';
import type { GenerationParameters } from './generation-schema.js';

/**
 * Most tokens of an answer by the first of the names it has that was given; `undefined` for -1, which is no limit.
 *
 * @param unsaid - the limit where none was named
 */
export function answerLimit(
  parameters: Pick<GenerationParameters, 'max_tokens'> & {
    readonly max_completion_tokens?: number | undefined;
    readonly n_predict?: number | undefined;
  },
  unsaid?: number,
): number | undefined {
  const given = parameters.max_completion_tokens ?? parameters.max_tokens ?? parameters.n_predict;
  if (given === undefined) return unsaid;
  return given === -1 ? undefined : given;
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
