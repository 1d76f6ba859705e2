import { only, type UnsupportedParameters } from '../unsupported-parameters.js';

const STATELESS = 'Responses are not stored: send the whole conversation as input each time.';

/** What OpenAI's Responses API has and this server does not. */
export const UNSUPPORTED_IN_RESPONSES: UnsupportedParameters = {
  background: only('A response is given while its request is open.', false),
  context_management: only('A context is never shortened.', []),
  conversation: only(STATELESS),
  moderation: only('There is no moderation.'),
  previous_response_id: only(STATELESS),
  prompt: only('Prompts are not stored.'),
  store: only(`${STATELESS} Set 'store' to false.`, false),
  truncation: only('A conversation is never shortened.', 'disabled'),
};
