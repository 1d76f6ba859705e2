/** What the decoding loop needs of a tokenizer to turn tokens into text as they come. */
export interface IncrementalDetokenizer {
  /** Text that became certain with this token; never half a character. */
  push(token: number): string;
  /** The remaining text; incomplete bytes become U+FFFD. */
  finish(): string;
}

/** Finds the strings that end a generation in text as it comes. */
export interface StopStrings {
  /**
   * Takes the next piece of text and returns the text that can be emitted. After `stopped` every further push returns
   * nothing. All returned text together ends right before the first stop string.
   */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** The text still held back, at the end of a stream that did not stop. */
  finish(): string;
}
