import type { DraftSession } from '@foretoken/core';
import { DraftSessionClosedError } from './errors.js';

/** A session that is let go of when it is closed: from then on it throws `DraftSessionClosedError`. */
export function closableSession(session: DraftSession): DraftSession {
  let held: DraftSession | undefined = session;
  const open = (): DraftSession => {
    if (held === undefined) throw new DraftSessionClosedError();
    return held;
  };
  return {
    propose: async (budget) => open().propose(budget),
    observe: (accepted, round) => open().observe(accepted, round),
    close() {
      const closing = held;
      held = undefined;
      closing?.close();
    },
  };
}
