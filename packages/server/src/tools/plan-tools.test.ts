import { type ChatMessage, createChatTemplate } from '@foretoken/core/text';
import type { OutputConstraint } from '@foretoken/structured-output';
import { ConstraintCompiler } from '@foretoken/structured-output';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/src/testing/seeded-random.js';
import { randomAnswer } from '../../../structured-output/src/testing/random-walk.js';
import { END, smallTokenizer } from '../../../structured-output/src/testing/small-tokenizer.js';
import { foldToolMessages, InvalidToolsError, planTools, type ToolDefinition, templateKnowsTools } from './index.js';

const tool = (name: string, parameters?: Record<string, unknown>, strict?: boolean): ToolDefinition => ({
  type: 'function',
  function: { name, ...(parameters ? { parameters } : {}), ...(strict === undefined ? {} : { strict }) },
});
const city = { type: 'object', properties: { city: { type: 'string', maxLength: 8 } }, required: ['city'] };
const tools = [
  tool('get_weather', city),
  tool('roll', {
    type: 'object',
    properties: { sides: { type: 'integer', minimum: 2, maximum: 20 } },
    required: ['sides'],
  }),
];
const silent = { templateKnowsTools: false } as const;

describe('planTools', () => {
  it('plans nothing without tools and with none', () => {
    expect(planTools({ tools: [], ...silent })).toBeUndefined();
    expect(planTools({ tools, toolChoice: 'none', ...silent })).toBeUndefined();
  });

  it('describes the tools where the template does not', () => {
    expect(planTools({ tools, ...silent })?.systemPrompt).toContain('"name":"get_weather"');
    const plan = planTools({ tools, templateKnowsTools: true });
    expect(plan).toMatchObject({ templateTools: tools });
    expect(plan?.systemPrompt).toBeUndefined();
  });

  it.each<[string, ToolDefinition[], unknown]>([
    ['tools[1].function.name', [tool('a'), tool('a')], 'auto'],
    ['tools', [tool('a', { type: 'object', description: 'x'.repeat(140_000) })], 'auto'],
    ['tool_choice', [tool('a')], { type: 'function', function: { name: 'b' } }],
    [
      'tool_choice',
      [tool('a')],
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'b' } }] },
      },
    ],
    ['tool_choice', [], 'required'],
    ['tools[0].function.parameters', [tool('a', { type: 'object', properties: { x: { not: {} } } }, true)], 'auto'],
  ])('refuses bad tools and names %s', (parameter, list, toolChoice) => {
    const plan = (): unknown => planTools({ tools: list, toolChoice: toolChoice as 'auto', ...silent });
    expect(plan).toThrow(InvalidToolsError);
    expect(plan).toThrow(expect.objectContaining({ parameter, code: 'invalid-tools' }));
  });

  it.each(['auto', 'required'] as const)('holds calls to the tools that are allowed, %s', (mode) => {
    const named = (name: string) => ({ type: 'function', function: { name } }) as const;
    const allowed = { type: 'allowed_tools', allowed_tools: { mode, tools: [named('a'), named('c')] } } as const;
    const options = { tools: [tool('a'), tool('b'), tool('c')], templateKnowsTools: true };
    const plan = planTools({ ...options, toolChoice: allowed });
    expect(plan?.templateTools).toHaveLength(3);
    const only = planTools({ ...options, tools: [tool('a'), tool('c')], toolChoice: mode });
    expect(plan?.constraint).toEqual(only?.constraint);
  });

  it('keeps what can be kept of a schema that is not strict', () => {
    const odd = { type: 'object', properties: { x: { type: 'integer', multipleOf: 3 }, y: { oneOf: [{}, {}] } } };
    expect(planTools({ tools: [tool('a', odd)], ...silent })?.constraint).toMatchObject({
      tag: expect.stringContaining('{"x":{"type":"integer"},"y":{"anyOf":[{},{}]}}'),
    });
    expect(planTools({ tools: [tool('a', { type: 'object', properties: 5 })], ...silent })).toBeDefined();
  });

  it.each<['auto' | 'required' | { type: 'function'; function: { name: string } }, boolean]>([
    ['auto', true],
    ['auto', false],
    ['required', true],
    ['required', false],
    [{ type: 'function', function: { name: 'roll' } }, false],
  ])('holds answers to calls of the tools: %j, several: %s', async (toolChoice, several) => {
    const tokenizer = smallTokenizer();
    const { vocabularySize } = tokenizer;
    const compiler = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
    try {
      const plan = planTools({ tools, toolChoice, parallelToolCalls: several, ...silent })!;
      const leadOut = [256 + 22, ...'"}'].map((piece) => (typeof piece === 'number' ? piece : piece.charCodeAt(0)));
      let calls = 0;
      for (let seed = 0; seed < 12; seed++) {
        const session = await compiler.start(plan.constraint);
        const tokens = await randomAnswer(session, {
          random: seededRandom(seed),
          vocabularySize,
          end: END,
          limit: 600,
          leadOut,
          ...(toolChoice === 'auto' ? { first: [256 + 22] } : {}),
        });
        session.close();
        if (tokens === undefined) continue;
        const text = tokenizer.decode(tokens);
        const parser = plan.parser();
        const events = [...parser.push(text), ...parser.finish()];
        calls += parser.calls;
        if (!several) expect(parser.calls).toBeLessThanOrEqual(1);
        if (toolChoice !== 'auto') {
          expect(parser.calls).toBeGreaterThan(0);
          expect(events.filter(({ kind }) => kind === 'content')).toEqual([]);
        }
        const names = events.flatMap((event) => (event.kind === 'call' ? [event.name] : []));
        const args = names.map((_, i) =>
          JSON.parse(events.flatMap((e) => (e.kind === 'arguments' && e.index === i ? [e.text] : [])).join('')),
        );
        for (const [i, name] of names.entries()) {
          if (name === 'roll') expect(args[i].sides).toBeGreaterThanOrEqual(2);
          else expect(args[i].city.length).toBeLessThanOrEqual(8);
          if (typeof toolChoice === 'object') expect(name).toBe('roll');
        }
      }
      expect(calls).toBeGreaterThan(0);
    } finally {
      await compiler.close();
    }
  });
});

describe('planTools with a form', () => {
  const person = {
    type: 'object',
    properties: { age: { type: 'integer' } },
    required: ['age'],
    additionalProperties: false,
  };

  it.each<[OutputConstraint, RegExp]>([
    [{ kind: 'json-schema', schema: JSON.stringify(person) }, /^\s*\{\s*"age"\s*:\s*-?\d+\s*\}\s*$/],
    [{ kind: 'json-schema', schema: '{"enum": ["a", 1]}' }, /^("a"|1)$/],
    [{ kind: 'regex', pattern: '[ab]{2,4}' }, /^[ab]{2,4}$/],
    [{ kind: 'grammar', grammar: 'root ::= "yes" | "no"' }, /^(yes|no)$/],
    [{ kind: 'json' }, /^\s*[{["\dtfn-]/],
  ])('lets answers be calls or %j, and nothing else', async (form, expected) => {
    const tokenizer = smallTokenizer();
    const { vocabularySize } = tokenizer;
    const compiler = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
    try {
      const plan = planTools({ tools, form, ...silent })!;
      const leadOut = [256 + 22, ...'"}'].map((piece) => (typeof piece === 'number' ? piece : piece.charCodeAt(0)));
      const kinds = { call: 0, form: 0 };
      for (let seed = 0; seed < 24; seed++) {
        const session = await compiler.start(plan.constraint);
        const random = seededRandom(seed);
        const first = seed % 2 === 0 ? { first: [256 + 22] } : {};
        const tokens = await randomAnswer(session, { random, vocabularySize, end: END, limit: 600, leadOut, ...first });
        session.close();
        if (tokens === undefined) continue;
        const parser = plan.parser();
        const events = [...parser.push(tokenizer.decode(tokens)), ...parser.finish()];
        const content = events.flatMap((event) => (event.kind === 'content' ? [event.text] : [])).join('');
        if (parser.calls > 0) expect(content).toBe('');
        else expect(content).toMatch(expected);
        kinds[parser.calls > 0 ? 'call' : 'form']++;
      }
      expect(kinds.call).toBeGreaterThan(0);
      expect(kinds.form).toBeGreaterThan(0);
    } finally {
      await compiler.close();
    }
  });

  it.each<[string, object]>([
    ['uniqueItems', { type: 'array', items: { type: 'string' }, uniqueItems: true }],
    ['not', { not: {} }],
    ['No text', { type: 'string', pattern: '^abc$', maxLength: 2 }],
    ['more than 4096 values', { enum: Array.from({ length: 4_097 }, (_, i) => i) }],
  ])('refuses a form that can not be held beside tools: %s', async (why, schema) => {
    const tokenizer = smallTokenizer();
    const { vocabularySize } = tokenizer;
    const compiler = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
    try {
      const form: OutputConstraint = { kind: 'json-schema', schema: JSON.stringify(schema) };
      const refused = compiler.start(planTools({ tools, form, ...silent })!.constraint);
      await expect(refused).rejects.toMatchObject({ code: 'invalid-constraint' });
      await expect(refused).rejects.toThrow(why);
    } finally {
      await compiler.close();
    }
  });

  it('wants calls alone where something must be called', () => {
    const form: OutputConstraint = { kind: 'regex', pattern: 'a' };
    for (const toolChoice of ['required', { type: 'function', function: { name: 'roll' } }] as const) {
      expect(planTools({ tools, toolChoice, form, ...silent })!.constraint).toEqual(
        planTools({ tools, toolChoice, ...silent })!.constraint,
      );
    }
  });
});

const call = { id: 'call_1', type: 'function', function: { name: 'roll', arguments: '{"sides": 6}' } };
const history: readonly ChatMessage[] = [
  { role: 'user', content: 'Roll.' },
  { role: 'assistant', content: '', tool_calls: [call, call] },
  { role: 'tool', content: '4', tool_call_id: 'call_1' },
  { role: 'tool', content: '5', tool_call_id: 'call_1' },
];

describe('foldToolMessages', () => {
  it('writes calls and results as text where the template can not', () => {
    const written = '<tool_call>\n{"name": "roll", "arguments": {"sides": 6}}\n</tool_call>';
    expect(foldToolMessages(history, { ...silent, systemPrompt: 'Tools.' })).toEqual([
      { role: 'system', content: 'Tools.' },
      { role: 'user', content: 'Roll.' },
      { role: 'assistant', content: `${written}\n${written}` },
      { role: 'user', content: '<tool_response>\n4\n</tool_response>\n<tool_response>\n5\n</tool_response>' },
    ]);
  });

  it('joins the system message that is there', () => {
    const [first, ...rest] = foldToolMessages([{ role: 'system', content: 'Be kind.' }, ...history], {
      ...silent,
      systemPrompt: 'Tools.',
    });
    expect(first).toEqual({ role: 'system', content: 'Be kind.\n\nTools.' });
    expect(rest).toHaveLength(3);
  });

  it('gives templates that know tools the arguments as objects', () => {
    expect(foldToolMessages(history, { templateKnowsTools: true })[1]).toMatchObject({
      tool_calls: [
        { function: { arguments: new Map([['sides', 6]]) } },
        { function: { arguments: new Map([['sides', 6]]) } },
      ],
    });
  });
});

it('tells templates that know tools from those that do not', () => {
  const plain = createChatTemplate('{% for m in messages %}{{ m.content }}{% endfor %}');
  const hermes = createChatTemplate(
    '{% if tools %}{% for tool in tools %}{{ tool | tojson }}{% endfor %}<tool_call></tool_call>{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}',
  );
  expect([plain, hermes].map(templateKnowsTools)).toEqual([false, true]);
});
