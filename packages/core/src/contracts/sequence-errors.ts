import { ForetokenError } from '../errors.js';

/** The KV cache has no room: every slot is taken, or a sequence has reached its slot's end. Code `kv-capacity`. */
export class KvCapacityError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, { code: 'kv-capacity', details });
  }
}

/** A closed sequence or model was used. Code `closed`. */
export class ClosedError extends ForetokenError {
  constructor(what: string) {
    super(`The ${what} is closed.`, { code: 'closed' });
  }
}

/** Scores were read after the model's next forward, when their logits are gone. Code `stale-scores`. */
export class StaleScoresError extends ForetokenError {
  constructor() {
    super(
      "These scores are gone: the model has run another forward since. Read what you need before the next 'forward'.",
      { code: 'stale-scores' },
    );
  }
}
