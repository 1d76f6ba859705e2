import type { Logger } from 'pino';
import type { RequestObservers } from '../metrics/request-observer.js';

/** Logs what was answered, with the id of the request. Only where logs may hold prompts. */
export function logAnswers(logger: Logger): RequestObservers {
  return {
    observe: ({ id }) => {
      const answer: string[] = [];
      const log = (reason: string): void =>
        logger.info({ reqId: id, answer: answer.join(''), reason }, 'answered with');
      return {
        round: ({ text }) => answer.push(text),
        finished: (reason, _statistics, text) => {
          answer.push(text);
          log(reason);
        },
        failed: log,
        left: () => log('left'),
      };
    },
  };
}
