/** Where a reader of JSON stands, character by character. */
export interface JsonNesting {
  /** Objects and arrays that are open. */
  depth: number;
  inString: boolean;
  /** Whether the character before was a backslash in a string. */
  escaped: boolean;
}

/** Moves on by one character. Text that is no JSON leaves the place undefined, and throws nothing. */
export function followJson(nesting: JsonNesting, character: string): void {
  if (nesting.escaped) nesting.escaped = false;
  else if (nesting.inString) {
    if (character === '\\') nesting.escaped = true;
    else if (character === '"') nesting.inString = false;
  } else if (character === '"') nesting.inString = true;
  else if (character === '{' || character === '[') nesting.depth++;
  else if (character === '}' || character === ']') nesting.depth--;
}
