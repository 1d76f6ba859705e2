export type { IncrementalDetokenizer, StopStrings } from './contracts/text-codec.js';
export { spellBytes } from './text/byte-level.js';
export {
  type ApplyChatTemplateOptions,
  type ChatMessage,
  type ChatTemplate,
  type ChatTemplateTokens,
  createChatTemplate,
  MAX_CHAT_CHARACTERS,
  MAX_CHAT_MESSAGES,
  MAX_TEMPLATE_LENGTH,
} from './text/chat-template.js';
export { chatTemplateOfConfig, chatTemplateOfGguf } from './text/chat-template-source.js';
export { type EncodeConversationOptions, encodeConversation } from './text/encode-conversation.js';
export {
  ChatTemplateError,
  CorruptTokenizerError,
  TextTooLongError,
  UnsupportedTokenizerError,
} from './text/errors.js';
export {
  type ExactJson,
  isWrittenNumber,
  parseExactJson,
  type WrittenNumber,
  writeExactJson,
} from './text/exact-json.js';
export type { GgufMetadata } from './text/gguf-metadata.js';
export { createTokenizerFromGguf, type GgufTokenizerOptions } from './text/gguf-tokenizer.js';
export { createTokenizerFromJson } from './text/json-tokenizer.js';
export { preTokenizerNames } from './text/pre-tokenizer.js';
export { createStopMatcher, MAX_STOP_STRING_LENGTH, MAX_STOP_STRINGS } from './text/stop-matcher.js';
export type { DecodeOptions, EncodeOptions, Tokenizer } from './text/tokenizer.js';
