/** Longest JSON of all tool descriptions together, in characters: more would not fit into a context. */
export const MAX_TOOL_DESCRIPTIONS_LENGTH = 131_072;
