import { writeExactJson } from '@foretoken/core/text';
import type { OutputConstraint } from '@foretoken/structured-output';
import { invalidParameter } from '../http/api-error.js';
import { exactly } from '../tools/exact-values.js';
import type { ResponseFormat } from './chat-schema.js';
import type { GenerationParameters } from './generation-schema.js';
import { MAX_CONSTRAINT_LENGTH } from './limits.js';

export interface AskedConstraint {
  readonly param: string;
  readonly constraint: OutputConstraint;
}

/**
 * The form that answers must have, from `response_format` and its names at vLLM and llama-server.
 *
 * @throws {ApiError} 400 for more than one form, and for one that is too long.
 */
export function outputConstraint(
  parameters: GenerationParameters & { readonly response_format?: ResponseFormat | undefined },
): AskedConstraint | undefined {
  const { guided_json: json, guided_regex: regex, guided_choice: choice, guided_grammar: grammar } = parameters;
  const asked: AskedConstraint[] = [
    ...named('response_format', ofFormat(parameters.response_format)),
    ...named('json_schema', parameters.json_schema && ofSchema(parameters.json_schema)),
    ...named('grammar', parameters.grammar && { kind: 'grammar', grammar: parameters.grammar }),
    ...ofStructuredOutputs('guided_', { json, regex, choice, grammar }),
    ...ofStructuredOutputs('structured_outputs.', parameters.structured_outputs ?? {}),
  ];
  const [first, second] = asked;
  if (second !== undefined) {
    throw invalidParameter(
      second.param,
      `'${first?.param}' and '${second.param}' both say what answers look like; give one.`,
    );
  }
  return first;
}

function named(param: string, constraint: OutputConstraint | '' | undefined): readonly AskedConstraint[] {
  if (constraint === undefined || constraint === '') return [];
  if (JSON.stringify(constraint).length > MAX_CONSTRAINT_LENGTH) {
    throw invalidParameter(param, `'${param}' has more than ${MAX_CONSTRAINT_LENGTH} characters.`);
  }
  return [{ param, constraint }];
}

function ofFormat(format: ResponseFormat | undefined): OutputConstraint | undefined {
  switch (format?.type) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_object':
      // llama-server's way to give a schema.
      return format.schema === undefined
        ? { kind: 'json-schema', schema: '{"type":"object"}' }
        : ofSchema(format.schema);
    case 'json_schema':
      return ofSchema(format.json_schema.schema ?? {});
  }
}

/** What vLLM has in one object now, and had in parameters of their own. */
function ofStructuredOutputs(
  prefix: string,
  { json, regex, choice, grammar }: NonNullable<GenerationParameters['structured_outputs']>,
): readonly AskedConstraint[] {
  return [
    ...named(`${prefix}json`, json && ofSchema(json)),
    ...named(`${prefix}regex`, regex && { kind: 'regex', pattern: regex }),
    ...named(`${prefix}choice`, choice && ofChoice(choice)),
    ...named(`${prefix}grammar`, grammar && { kind: 'grammar', grammar }),
  ];
}

function ofSchema(schema: object | string): OutputConstraint {
  return { kind: 'json-schema', schema: typeof schema === 'string' ? schema : writeExactJson(exactly(schema)) };
}

/** One of some texts: a grammar, in which any character can be written. */
function ofChoice(choices: readonly string[]): OutputConstraint {
  return { kind: 'grammar', grammar: `root ::= ${choices.map(literal).join(' | ')}` };
}

function literal(text: string): string {
  const escaped = [...text].map((character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) return character;
    return `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
