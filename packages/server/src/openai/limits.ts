import { MAX_TOP_LOGPROBS } from '@foretoken/core';
import { MAX_CHAT_CHARACTERS, MAX_CHAT_MESSAGES, MAX_STOP_STRING_LENGTH } from '@foretoken/core/text';

/** Messages of a conversation: far beyond any context, and it bounds what a template loops over. */
export const MAX_MESSAGES = MAX_CHAT_MESSAGES;
/** Characters of one text in a request: about a million tokens, more than any context holds. */
export const MAX_TEXT_LENGTH = MAX_CHAT_CHARACTERS;
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
/** Characters of a stop string: as much of an answer may be held back. */
export const MAX_STOP_LENGTH = MAX_STOP_STRING_LENGTH;
/** Tokens that a bias can be given for. OpenAI's API takes 300. */
export const MAX_BIASED_TOKENS = 1_024;
/** Likeliest tokens shown with each token, the same as OpenAI's API. */
export const MAX_LIKELIEST = MAX_TOP_LOGPROBS;
/** Highest temperature, the same as OpenAI's API. */
export const MAX_TEMPERATURE = 2;
/** Tools of a request, the same as OpenAI's API. */
export const MAX_TOOLS = 128;
/** Calls in one message of a conversation. */
export const MAX_TOOL_CALLS = 128;
/** Characters of a schema, a grammar or a pattern: compiling them costs time. */
export { MAX_CONSTRAINT_LENGTH } from '@foretoken/structured-output';
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
