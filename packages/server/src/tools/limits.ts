/** Most functions of one request, as OpenAI has it. */
export const MAX_TOOLS = 128;

/** Longest JSON of all tool descriptions together, in characters: more would not fit into a context. */
export const MAX_TOOL_DESCRIPTIONS_LENGTH = 131_072;
