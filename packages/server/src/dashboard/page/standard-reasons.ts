import type { AnswerRound } from './answer-rounds.js';

/** Why a round had no guesses, as the end of a sentence. */
export const STANDARD_REASONS: Readonly<Record<NonNullable<AnswerRound['view']['reason']>, string>> = {
  'no-proposals': 'no drafter had anything to say',
  'not-worth-it': 'no guess was likely enough to pay for its row',
  load: 'other requests shared the forward',
  'switched-off': 'the request asked for none',
  'drafter-failed': 'a drafter failed',
  'no-room': 'the KV cache had no room',
  'last-token': 'a single token was left to write',
};
