export {
  type DecodingRound,
  type DecodingStatistics,
  type FinishReason,
  ForetokenError,
  type GeneratedToken,
  type GenerationEvent,
  PromptTooLongError,
  type RoundEvent,
} from '@foretoken/core';
export type { ChatMessage } from '@foretoken/core/text';
export type { ControllerName, DraftMode } from '@foretoken/speculation';
export { DraftUnavailableError } from '@foretoken/speculation';
export {
  type ProgressEvent,
  type ProgressListener,
  type TensorFlowReport,
  terminalProgress,
} from '@foretoken/tensorflow/status';
export { collectGeneration, type GenerationResult } from './decoder/collect-generation.js';
export { type CreateDecoderOptions, createDecoder } from './decoder/create-decoder.js';
export type { Decoder, GenerateOptions } from './decoder/decoder.js';
export { NoChatTemplateError } from './decoder/decoder-errors.js';
