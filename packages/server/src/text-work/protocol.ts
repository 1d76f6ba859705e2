import type { ForetokenError } from '@foretoken/core';

/** Where the thread finds the text side of the model. What it names has been fetched. */
export interface TextSource {
  readonly model: string;
  readonly cacheDirectory: string | undefined;
}

/** Answers to tasks come in their order. */
export type ThreadReply =
  | { readonly kind: 'done'; readonly result: Int32Array | string }
  | ({ readonly kind: 'failed' } & Pick<ForetokenError, 'name' | 'message' | 'code' | 'details'>);
