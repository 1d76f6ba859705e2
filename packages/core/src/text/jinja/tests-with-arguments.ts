import type { tokenize } from '@huggingface/jinja';

type Token = ReturnType<typeof tokenize>[number];

/** What names a test that is called like a filter. No filter has a space in its name. */
export const TEST_PREFIX = 'is ';
export const NEGATED_TEST_PREFIX = 'is not ';

const TAKING_ARGUMENTS = new Set('divisibleby eq equalto ne lt lessthan le gt greaterthan ge in sameas'.split(' '));
const OPENING = new Map([
  ['OpenParen', 'CloseParen'],
  ['OpenSquareBracket', 'CloseSquareBracket'],
  ['OpenCurlyBracket', 'CloseCurlyBracket'],
]);

/**
 * Writes `x is divisibleby 3` and `x is not in [1, 2]` as filters with arguments, since the parser of
 * `@huggingface/jinja` knows tests without arguments only. Both bind alike in Jinja.
 */
export function testsWithArguments(tokens: Token[]): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (!token) break;
    const negated = isName(tokens[at + 1], 'not');
    const name = tokens[at + (negated ? 2 : 1)];
    const start = at + (negated ? 3 : 2);
    if (!isName(token, 'is') || name?.type !== 'Identifier' || !TAKING_ARGUMENTS.has(name.value)) {
      result.push(token);
      continue;
    }
    const end = endOfArgument(tokens, start);
    const argument = testsWithArguments(tokens.slice(start, end));
    result.push({ type: 'Pipe', value: '|' });
    result.push({ type: 'Identifier', value: (negated ? NEGATED_TEST_PREFIX : TEST_PREFIX) + name.value });
    // Parentheses hold the arguments, even behind `in`.
    const called = tokens[start]?.type === 'OpenParen';
    if (!called) result.push({ type: 'OpenParen', value: '(' });
    result.push(...argument);
    if (!called) result.push({ type: 'CloseParen', value: ')' });
    at = end - 1;
  }
  return result;
}

function isName(token: Token | undefined, name: string): boolean {
  return token?.type === 'Identifier' && token.value === name;
}

/** A literal, a name or something in brackets, with the members, indices and calls behind it. */
function endOfArgument(tokens: readonly Token[], start: number): number {
  let end = afterBracket(tokens, start) ?? start + 1;
  for (;;) {
    if (tokens[end]?.type === 'Dot') end += 2;
    else {
      const bracket = tokens[end]?.type === 'OpenCurlyBracket' ? undefined : afterBracket(tokens, end);
      if (bracket === undefined) return end;
      end = bracket;
    }
  }
}

function afterBracket(tokens: readonly Token[], start: number): number | undefined {
  if (!OPENING.has(tokens[start]?.type ?? '')) return undefined;
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const type = tokens[at]?.type ?? '';
    if (OPENING.has(type)) depth++;
    else if ([...OPENING.values()].includes(type)) depth--;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}
