import type { StringTask, TokensTask } from './text-task.js';

/** Where the thread finds the text side of the model. What it names has been fetched. */
export interface TextSource {
  readonly model: string;
  readonly cacheDirectory: string | undefined;
}

export type ThreadRequest = TokensTask | StringTask;

/** Answers come in the order of the requests. */
export type ThreadReply =
  | { readonly kind: 'tokens'; readonly tokens: Int32Array }
  | { readonly kind: 'string'; readonly string: string }
  | {
      readonly kind: 'failed';
      readonly name: string;
      readonly message: string;
      readonly code: string;
      readonly details: Readonly<Record<string, unknown>>;
    };
