/** A drafter of a cascade proposed a tree that is none. */
export class InvalidMemberTreeError extends Error {
  override readonly name = 'InvalidMemberTreeError';
  readonly code = 'invalid-draft-tree';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(node: number, parent: number) {
    super(`The draft tree gives node ${node} the parent ${parent}; it must be in [-1, ${node}).`);
    this.details = { node, parent };
  }
}

/** Every drafter of a cascade has failed in this session. `cause` is the last failure. */
export class CascadeFailedError extends Error {
  override readonly name = 'CascadeFailedError';
  readonly code = 'drafters-failed';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(drafters: readonly string[], cause: unknown) {
    super(
      `Every drafter of the cascade failed in this session: ${drafters.join(', ')}. See \`cause\` for the last failure and pass \`onError\` to cascade() to see each.`,
      { cause },
    );
    this.details = { drafters };
  }
}
