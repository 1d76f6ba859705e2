import type { Logger } from 'pino';
import type { RequestObservers } from '../metrics/request-observer.js';

/** Fewer standard rounds than this are no stretch that anybody would ask about. */
const FEWEST_ROUNDS = 32;

/** Logs for each request that was mostly decoded without guesses why there were none, with the request's id. */
export function logStandardRounds(logger: Logger): RequestObservers {
  return {
    observe: ({ id }) => ({
      finished: (_reason, { rounds, standardRounds, standardReasons }) => {
        if (standardRounds < FEWEST_ROUNDS || 2 * standardRounds < rounds) return;
        logger.info({ reqId: id, rounds, standardRounds, standardReasons }, 'mostly decoded without guesses');
      },
    }),
  };
}
