export {
  type DecodingStatistics,
  type FinishReason,
  ForetokenError,
  PromptTooLongError,
  type TokenEvent,
} from '@foretoken/core';
export type { ChatMessage } from '@foretoken/core/text';
export {
  type ProgressEvent,
  type ProgressListener,
  type TensorFlowReport,
  terminalProgress,
} from '@foretoken/tensorflow';
export { collectGeneration, type GenerationResult } from './decoder/collect-generation.js';
export { type CreateDecoderOptions, createDecoder } from './decoder/create-decoder.js';
export type { Decoder, DraftMode, GenerateOptions } from './decoder/decoder.js';
export { DecoderBusyError, NoChatTemplateError } from './decoder/decoder-errors.js';
