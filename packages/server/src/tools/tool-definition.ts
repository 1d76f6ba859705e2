/** A function that the model may call, as OpenAI's chat requests describe it. */
export interface ToolDefinition {
  readonly type: 'function';
  readonly function: {
    /** 1 to 64 letters, digits, underscores and dashes. */
    readonly name: string;
    readonly description?: string | undefined;
    /** JSON schema of the arguments, an object. @default no arguments */
    readonly parameters?: Readonly<Record<string, unknown>> | undefined;
    /** Whether arguments must match the schema to the letter: what can't be promised is refused. @default false */
    readonly strict?: boolean | null | undefined;
  };
}

/** Whether and what to call: nothing, as the model likes, something, this very function, or some of them. */
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | NamedFunction
  /** Of the tools only these, as the model likes or at least one. */
  | {
      readonly type: 'allowed_tools';
      readonly allowed_tools: { readonly mode: 'auto' | 'required'; readonly tools: readonly NamedFunction[] };
    };

interface NamedFunction {
  readonly type: 'function';
  readonly function: { readonly name: string };
}
