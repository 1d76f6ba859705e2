/** What the decoding loop needs of a tokenizer to turn tokens into text as they come. */
export interface IncrementalDetokenizer {
  /** Text that became certain with this token; never half a character. */
  push(token: number): string;
  /** The remaining text; incomplete bytes become U+FFFD. */
  finish(): string;
}
