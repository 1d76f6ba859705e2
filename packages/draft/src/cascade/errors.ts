import { ForetokenError } from '@foretoken/core/errors';

/** A drafter of a cascade proposed an invalid tree. */
export class InvalidMemberTreeError extends ForetokenError {
  constructor(node: number, parent: number) {
    super(`The draft tree gives node ${node} the parent ${parent}; it must be in [-1, ${node}).`, {
      code: 'invalid-draft-tree',
      details: { node, parent },
    });
  }
}

/** Every drafter of a cascade has failed in this session. `cause` is the last failure. */
export class CascadeFailedError extends ForetokenError {
  constructor(drafters: readonly string[], cause: unknown) {
    super(
      `Every drafter of the cascade failed in this session: ${drafters.join(', ')}. See \`cause\` for the last failure and pass \`onError\` to cascade() to see each.`,
      { code: 'drafters-failed', details: { drafters }, cause },
    );
  }
}
