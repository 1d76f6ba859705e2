// Limits that what does the work has itself.
export { MAX_TOP_LOGPROBS as MAX_LIKELIEST } from '@foretoken/core';
export {
  MAX_CHAT_CHARACTERS as MAX_TEXT_LENGTH,
  MAX_CHAT_MESSAGES as MAX_MESSAGES,
  MAX_STOP_STRING_LENGTH as MAX_STOP_LENGTH,
} from '@foretoken/core/text';
export { MAX_CONSTRAINT_LENGTH } from '@foretoken/structured-output';

/** Parts of one message's content. */
export const MAX_CONTENT_PARTS = 1_024;
/** Answers to one prompt. OpenAI's API takes 128; each is a sequence of its own here, and would fill every queue. */
export const MAX_CHOICES = 16;
/** Prompts of one completion request. */
export const MAX_PROMPTS = 64;
/** Answers of one request, prompts times `n`: as many as wait by default. */
export const MAX_ANSWERS = 64;
/** Stop strings. OpenAI's API takes 4. Each is compared at every character. */
export const MAX_STOPS = 16;
/** Tokens that a bias can be given for. OpenAI's API takes 300. */
export const MAX_BIASED_TOKENS = 1_024;
/** Highest temperature, the same as OpenAI's API. */
export const MAX_TEMPERATURE = 2;
/** Tools of a request, the same as OpenAI's API. */
export const MAX_TOOLS = 128;
/** Calls in one message of a conversation. */
export const MAX_TOOL_CALLS = 128;
/** Values of `guided_choice`. */
export const MAX_ALTERNATIVES = 1_024;
/** Characters of names and identifiers that are stored or echoed. */
export const MAX_NAME_LENGTH = 512;
/** Entries of `metadata`, the same as OpenAI's API. */
export const MAX_METADATA_ENTRIES = 16;
/** Tokens in place of a text: as many as a body may have values, but for the few around them. */
export const MAX_TOKENS = 131_000;
/** Tokens of a completion that names no limit, the same as OpenAI's API. */
export const DEFAULT_COMPLETION_TOKENS = 16;
/** Smallest repetition penalty: it divides by it, and logits must stay numbers. */
export const MIN_REPETITION_PENALTY = 0.001;
/** Parameters of a request: several times as many as there are. */
export const MAX_PARAMETERS = 256;
