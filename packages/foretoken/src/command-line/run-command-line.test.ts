import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForetokenError } from '@foretoken/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreateDecoderOptions } from '../decoder/create-decoder.js';
import { fakeDecoder } from './testing/fake-decoder.js';
import { runWith } from './testing/test-context.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-cli-'));
});

afterAll(() => rm(folder, { recursive: true }));

const words = () => ['Hello', ' there', ',', ' you'];

describe('usage errors', () => {
  it.each([
    [{ FORETOKEN_THREADS: 'abc' }, 'FORETOKEN_THREADS must be a whole number from 1 to 1024, but is "abc"'],
    [{ FORETOKEN_THREADS: '2.5' }, 'but is "2.5"'],
    [{ FORETOKEN_INSTRUCTIONS: 'AVX2' }, 'FORETOKEN_INSTRUCTIONS must be one of portable,'],
    [{ FORETOKEN_THREAD: '2' }, 'FORETOKEN_THREAD, which is no setting'],
    [{ FORETOKEN_ALLOW_DOWNLOAD: 'maybe' }, 'from FORETOKEN_ALLOW_DOWNLOAD, can\'t be "maybe"'],
  ])('%j: refused by every command, no model loaded', async (environment, message) => {
    for (const command of [['generate', 'a'], ['chat', '--message', 'a'], ['models', 'list'], ['doctor']]) {
      const run = await runWith(command, { environment });
      expect(run.stderr).toContain(message);
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });

  it.each([
    [['generate'], 'no prompt: give PROMPT, --file or --prompts, or pipe one in'],
    [['generate', ''], 'the prompt is empty'],
    [['generate', 'a', '--file', 'b'], 'give only one of PROMPT, --file and --prompts'],
    [['generate', 'a', 'b'], "too many arguments for 'generate'"],
    [['generate', 'a', '--tempurature', '1'], "unknown option '--tempurature' (Did you mean --temperature?)"],
    [['generate', 'a', '--max-tokens', '0'], 'It must be a whole number, 1 or more.'],
    [['generate', 'a', '--max-tokens', '1e3'], 'It must be a whole number, 1 or more.'],
    [['generate', 'a', '--max-tokens'], "option '--max-tokens <n>' argument missing"],
    [['generate', 'a', '--temperature', '-1'], 'It must be a number, 0 or more.'],
    [['generate', 'a', '--top-k', '0'], 'It must be a whole number, 1 or more.'],
    [['generate', 'a', '--top-p', '0'], 'It must be a number above 0, up to 1.'],
    [['generate', 'a', '--top-p', '1.01'], 'It must be a number above 0, up to 1.'],
    [['generate', 'a', '--min-p', '2'], 'It must be a number from 0 to 1.'],
    [['generate', 'a', '--repetition-penalty', '0'], 'It must be a number above 0.'],
    [['generate', 'a', '--presence-penalty', 'much'], 'It must be a finite number.'],
    [['generate', 'a', '--frequency-penalty', 'NaN'], 'It must be a finite number.'],
    [['generate', 'a', '--seed', '-1'], 'It must be a whole number, 0 or more.'],
    [['generate', 'a', '--stop', ''], 'It must not be empty.'],
    [['generate', 'a', '--depth', '65'], 'It must be a whole number from 1 to 64.'],
    [
      ['generate', 'a', '--draft', 'magic'],
      'It must be auto, none, lookup, suffix, recycling, cascade, prediction, model:REF or early-exit:N.',
    ],
    [['generate', 'a', '--device', 'tpu'], 'Allowed choices are auto, cuda, cpu, wasm, js.'],
    [['generate', 'a', '--executor', 'fast'], 'Allowed choices are fused, graph, eager.'],
    [['generate', '--file', '/no/such/file'], "can't read /no/such/file: no such file"],
    [['generate', '--prompts', '/no/such/file'], "can't read /no/such/file: no such file"],
    [['chat', '--json'], 'no message: give --message, --file or --prompts, or pipe one in'],
    [['chat'], 'no message: give --message, --file or --prompts, or pipe one in'],
    [['chat', '--message', ''], 'the message is empty'],
    [['chat', '--message', 'a', '--prompts', 'b'], 'give only one of --message, --file and --prompts'],
    [['chat', '--system', 'a', '--prompts', 'b'], '--system does not go with --prompts'],
    [['dream'], "unknown command 'dream'"],
    [['models', 'dream'], "unknown command 'dream'"],
    [['models', 'pull'], "missing required argument 'reference'"],
    [['models', 'pull', 'smollm2-135m-instruct', '--with-draft'], 'No draft model is registered'],
  ])('%j: exit code 2, one line, no model loaded', async (argumentList, message) => {
    const run = await runWith(argumentList);
    expect(run.stderr).toContain(message);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^foretoken: [^\n]+\n$/);
  });

  it.each([[[]], [['models']]])('%j prints the help on stderr', async (argumentList) => {
    const run = await runWith(argumentList);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('Usage: foretoken');
  });

  it('checks every line of a prompts file before the model is loaded', async () => {
    const path = join(folder, 'bad.jsonl');
    await writeFile(path, '{"prompt":"a"}\n{"prompt":"b",}\n');
    const run = await runWith(['generate', '--prompts', path]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain(`${path}:2: not JSON`);
  });
});

describe('help and version', () => {
  it.each([[['--help']], [['help']], [['help', 'generate']], [['generate', '--help']], [['--version']]])(
    '%j goes to stdout',
    async (argumentList) => {
      const run = await runWith(argumentList);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(run.stdout).toMatch(argumentList.includes('--version') ? /^\d+\.\d+\.\d+/ : /Usage: foretoken/);
    },
  );
});

describe('failures', () => {
  const failWith = (error: Error) => ({ decoder: () => Promise.reject(error) });

  it('an unknown model is wrong usage', async () => {
    const error = new ForetokenError('There is no model "gpt".', { code: 'unknown-model' });
    const run = await runWith(['generate', 'a', '--model', 'gpt'], failWith(error));
    expect(run).toEqual({ exitCode: 2, stdout: '', stderr: 'foretoken: There is no model "gpt".\n' });
  });

  it('anything else is a failure, told in one line', async () => {
    const error = new ForetokenError('The file\n  is damaged.', { code: 'weights-malformed' });
    const run = await runWith(['generate', 'a', '--json'], failWith(error));
    expect(run).toEqual({ exitCode: 1, stdout: '', stderr: 'foretoken: The file is damaged.\n' });
  });

  it('--verbose adds the stack traces of the error and its causes', async () => {
    const error = new Error('outer', { cause: new Error('inner') });
    const { stderr } = await runWith(['generate', 'a', '--verbose'], failWith(error));
    expect(stderr).toMatch(/^foretoken: outer\nError: outer\n +at [\s\S]+\ncaused by Error: inner\n +at /);
  });

  it('a prompt that is too long fails and frees the model', async () => {
    const decoder = fakeDecoder({ answer: words });
    const run = await runWith(['generate', 'x'.repeat(101)], { decoder });
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toBe('foretoken: The prompt has more than 100 tokens.\n');
    expect(decoder.closed()).toBe(true);
  });
});

describe('generate', () => {
  it('prints the text alone', async () => {
    const decoder = fakeDecoder({ answer: words });
    const run = await runWith(['generate', 'Say hello'], { decoder });
    expect(run).toEqual({ exitCode: 0, stdout: 'Hello there, you\n', stderr: '' });
    expect(decoder.closed()).toBe(true);
  });

  it('--json prints one object and nothing else', async () => {
    const run = await runWith(['generate', 'ab', '--json'], { decoder: fakeDecoder({ answer: words }) });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(run.stdout)).toEqual({
      text: 'Hello there, you',
      tokens: [100, 101, 102, 103],
      promptTokens: [97, 98],
      finishReason: 'stop',
      device: 'cpu',
      timings: { prefillMs: 10, decodeMs: 40, tokensPerSecond: 100 },
      speculation: {
        ...{ rounds: 2, drafted: 4, accepted: 2, acceptanceRate: 0.5, meanAcceptanceLength: 2 },
        ...{ acceptedPerDepth: [2], byDrafter: { lookup: { rounds: 2, drafted: 4, accepted: 2 } } },
        ...{ standardRounds: 0, standardReasons: {}, fallbacks: 0, draftMs: 1, forwardMs: 2, verifyMs: 3 },
      },
    });
  });

  it('standard decoding has no speculation in its result', async () => {
    const decoder = fakeDecoder({ answer: words });
    const run = await runWith(['generate', 'ab', '--json', '--draft', 'none'], { decoder });
    expect(JSON.parse(run.stdout)).not.toHaveProperty('speculation');
  });

  it('hands every option on, and leaves out those that were not given', async () => {
    const path = join(folder, 'expected.txt');
    await writeFile(path, 'as expected');
    const decoder = fakeDecoder({ answer: words });
    const all = [
      ...['--max-tokens', '3', '--temperature', '0.5', '--top-k', '40', '--top-p', '0.9', '--min-p', '0.05'],
      ...['--repetition-penalty', '1.1', '--presence-penalty', '-0.5', '--frequency-penalty', '0.25'],
      ...['--seed', '7', '--stop', 'END', '--stop', '\n', '--draft', 'prediction', '--depth', '5'],
      ...['--controller', 'fixed', '--prediction', path, '--min-confidence', '0.25'],
    ];
    await runWith(['generate', 'a', ...all], { decoder });
    await runWith(['generate', 'a'], { decoder });
    const signal = expect.any(AbortSignal) as unknown;
    expect(decoder.calls.map((call) => call.options)).toEqual([
      {
        ...{ maxTokens: 3, temperature: 0.5, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1 },
        ...{ presencePenalty: -0.5, frequencyPenalty: 0.25, seed: 7, stop: ['END', '\n'] },
        ...{ draft: 'prediction', controller: 'fixed', depth: 5, minimumConfidence: 0.25, prediction: 'as expected' },
        signal,
      },
      { maxTokens: 256, draft: 'auto', signal },
    ]);
  });

  it('loads what the draft needs together with the model', async () => {
    const decoder = fakeDecoder({ answer: words });
    const created: CreateDecoderOptions[] = [];
    const flags = ['--draft', 'model:./small.gguf', '--controller', 'fixed', '--depth', '9'];
    await runWith(['generate', 'a', ...flags], { decoder, created });
    expect(created).toMatchObject([{ draft: 'model:./small.gguf', controller: 'fixed', depth: 9 }]);
  });

  it('colours accepted guesses where colours are wanted', async () => {
    const decoder = fakeDecoder({ answer: words });
    const environment = { FORCE_COLOR: '1' };
    const [painted, plain] = [
      await runWith(['generate', 'a'], { decoder, environment }),
      await runWith(['generate', 'a'], { decoder, environment: { ...environment, NO_COLOR: '1' } }),
    ];
    expect(painted.stdout).toBe(
      `${words()
        .map((word, i) => (i % 2 === 1 ? `\u001B[32m${word}\u001B[39m` : word))
        .join('')}\n`,
    );
    expect(plain.stdout).toBe('Hello there, you\n');
    const json = await runWith(['generate', 'a', '--json'], { decoder, environment });
    expect(json.stdout).not.toContain('\u001B');
  });

  it('reads a prompt file as it is', async () => {
    const path = join(folder, 'prompt.txt');
    await writeFile(path, 'ab\n');
    const decoder = fakeDecoder({ answer: words });
    await runWith(['generate', '--file', path], { decoder });
    expect([...(decoder.calls[0]?.prompt ?? [])]).toEqual([97, 98, 10]);
  });

  it('answers every line of a prompts file, and reports the one that fails in its place', async () => {
    const path = join(folder, 'prompts.jsonl');
    const lines = [
      { id: 'a', prompt: 'x' },
      { id: 2, prompt: 'y'.repeat(101) },
      { messages: [{ role: 'user', content: 'z' }] },
    ];
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
    const run = await runWith(['generate', '--prompts', path], { decoder: fakeDecoder({ answer: words }) });
    const answers = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(run).toMatchObject({ exitCode: 1, stderr: 'foretoken: 1 of 3 prompts failed\n' });
    expect(answers).toEqual([
      expect.objectContaining({ id: 'a', text: 'Hello there, you', promptTokens: [120] }),
      { id: 2, error: { code: 'prompt-too-long', message: 'The prompt has more than 100 tokens.' } },
      expect.objectContaining({ text: 'Hello there, you', promptTokens: [122] }),
    ]);
    expect(answers[2]).not.toHaveProperty('id');
  });

  it('Ctrl-C ends the answer with what there is: exit code 130', async () => {
    const interrupts = new EventEmitter();
    const decoder = fakeDecoder({ answer: words, onToken: (index) => index === 1 && interrupts.emit('SIGINT') });
    const run = await runWith(['generate', 'a', '--json'], { decoder, interrupts });
    expect(run.exitCode).toBe(130);
    expect(JSON.parse(run.stdout)).toMatchObject({ text: 'Hello there', finishReason: 'abort' });
    expect(interrupts.listenerCount('SIGINT')).toBe(0);
    expect(decoder.closed()).toBe(true);
  });

  it('Ctrl-C ends a prompts file after the line it was at', async () => {
    const path = join(folder, 'three.jsonl');
    await writeFile(path, '{"id":1,"prompt":"a"}\n{"id":2,"prompt":"b"}\n{"id":3,"prompt":"c"}\n');
    const interrupts = new EventEmitter();
    let tokens = 0;
    const decoder = fakeDecoder({ answer: words, onToken: () => ++tokens === 6 && interrupts.emit('SIGINT') });
    const run = await runWith(['generate', '--prompts', path], { decoder, interrupts });
    const answers = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(run.exitCode).toBe(130);
    expect(answers.map(({ id, finishReason }) => [id, finishReason])).toEqual([
      [1, 'stop'],
      [2, 'abort'],
    ]);
  });
});

describe('chat', () => {
  it('--message answers once, after the system message', async () => {
    const decoder = fakeDecoder({ answer: words });
    const run = await runWith(['chat', '--message', 'Hi', '--system', 'Be kind'], { decoder });
    expect(run).toEqual({ exitCode: 0, stdout: 'Hello there, you\n', stderr: '' });
    expect(String.fromCodePoint(...(decoder.calls[0]?.prompt ?? []))).toBe('Be kind\nHi');
  });

  it.each([
    ['takes what is piped in for one message', [], 'one\n/clear\n"""two', 's\none\n/clear\n"""two'],
    ['joins --message with what is piped in', ['--message', 'Say:'], 'one\ntwo\n', 's\nSay:\n\none\ntwo\n'],
    ['needs nothing to be piped in', ['--message', 'Say'], '', 's\nSay'],
    ['leaves out white space that is piped in', ['--message', 'Say'], '\n', 's\nSay'],
    ['reads the file -', ['--file', '-'], 'one\ntwo', 's\none\ntwo'],
    ['leaves the input to a prediction', ['--message', 'Say', '--prediction', '-'], 'guess', 's\nSay'],
  ])('%s', async (_name, flags, stdin, expected) => {
    const decoder = fakeDecoder({ answer: () => ['ok'] });
    const run = await runWith(['chat', '--system', 's', ...flags], { decoder, stdin });
    expect(run).toEqual({ exitCode: 0, stdout: 'ok\n', stderr: '' });
    expect(decoder.calls.map((call) => String.fromCodePoint(...call.prompt))).toEqual([expected]);
    expect(decoder.calls[0]?.options.prediction).toBe(flags.includes('--prediction') ? 'guess' : undefined);
  });

  it('says when an answer was cut off at its limit, and how fast it was when asked', async () => {
    const decoder = fakeDecoder({ answer: words });
    const cut = await runWith(['chat', '--message', 'Hi', '--max-tokens', '2', '--stats'], { decoder });
    expect(cut.stdout).toBe('Hello there\n');
    expect(cut.stderr).toContain('foretoken: the answer was cut off at its limit of 2 tokens (--max-tokens)\n');
    expect(cut.stderr).toMatch(/2 tokens, \d+\.\d tok\/s, 50\.0 % of 2 guesses accepted\n$/);
    const whole = await runWith(['generate', 'Hi', '--max-tokens', '9'], { decoder });
    expect(whole.stderr).toBe('');
    const json = await runWith(['chat', '--message', 'Hi', '--max-tokens', '2', '--json'], { decoder });
    expect(JSON.parse(json.stdout)).toMatchObject({ finishReason: 'length' });
    expect(json.stderr).toBe('');
  });
});

describe('what is piped into generate', () => {
  it('is the prompt where there is no other', async () => {
    const decoder = fakeDecoder({ answer: words });
    await runWith(['generate'], { decoder, stdin: 'Once upon\na time ' });
    await runWith(['generate', '--file', '-'], { decoder, stdin: 'a file' });
    await runWith(['generate', '--prompts', '-'], { decoder, stdin: '{"prompt":"a line"}' });
    expect(decoder.calls.map((call) => String.fromCodePoint(...call.prompt))).toEqual([
      ...['Once upon\na time ', 'a file', 'a line'],
    ]);
  });
});

describe('standard input', () => {
  it.each([['chat'], ['generate']])('is read by one option of %s only', async (command) => {
    const decoder = fakeDecoder({ answer: words });
    const run = await runWith([command, '--file', '-', '--prediction', '-'], { decoder, stdin: 'x' });
    expect(run.stderr).toBe('foretoken: standard input can be read by one option only\n');
    expect(run.exitCode).toBe(2);
  });
});

describe('--context-length', () => {
  it.each([['generate', 'a'], ['chat', '--message', 'a'], ['demo']])('reaches %s', async (...command) => {
    const created: CreateDecoderOptions[] = [];
    const decoder = fakeDecoder({ answer: words });
    await runWith([...command, '--context-length', '64'], { decoder, created });
    expect(created).toMatchObject([{ contextLength: 64 }]);
  });
});
