import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveModel } from '@foretoken/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationResult } from './decoder/collect-generation.js';
import { isTie } from './decoder/testing/logit-tie.js';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const copyingPrompts = fileURLToPath(new URL('./decoder/copying-prompts.jsonl', import.meta.url));
const referenceFile = new URL('../../backend/reference/smollm2-135m-instruct-q4_1.json', import.meta.url);

interface Reference {
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  readonly greedy: readonly number[];
}

type Answer = GenerationResult & { readonly id?: string | number };

let references: readonly Reference[];
let folder: string;

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error(`${cli} is not built: run "pnpm build" first`);
  references = (JSON.parse(await readFile(referenceFile, 'utf8')) as { prompts: Reference[] }).prompts;
  folder = await mkdtemp(join(tmpdir(), 'foretoken-cli-model-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the built command line to its end. */
function run(
  argumentList: readonly string[],
  options: {
    readonly onOutput?: (child: ChildProcess, stdout: string) => void;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.environment };
    const child = spawn(process.execPath, [cli, ...argumentList], { stdio: ['ignore', 'pipe', 'pipe'], env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(child, stdout);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** The objects of a run that must have succeeded, in order; anything on stdout that is no JSON line fails. */
async function answers(argumentList: readonly string[]): Promise<readonly Answer[]> {
  const { exitCode, stdout, stderr } = await run(argumentList);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

async function promptsFile(name: string, lines: readonly object[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  return path;
}

/** Every pair must agree token for token, unless the two best tokens were tied where they part. */
async function expectSameTokens(standard: readonly Answer[], speculative: readonly Answer[]): Promise<void> {
  expect(speculative.map(({ id }) => id)).toEqual(standard.map(({ id }) => id));
  for (const [index, answer] of standard.entries()) {
    const other = speculative[index];
    const parting = answer.tokens.findIndex((token, i) => token !== other?.tokens[i]);
    if (parting === -1) {
      expect(other?.tokens, `answer ${answer.id}`).toEqual(answer.tokens);
      continue;
    }
    const before = [...answer.promptTokens, ...answer.tokens.slice(0, parting)];
    expect(await isTie(before), `answer ${answer.id} differs at token ${parting}, and not by a tie`).toBe(true);
  }
}

/** The references were computed in float32. */
const EXACT = ['--arithmetic', 'exact'];

describe('foretoken generate', () => {
  it('continues every reference prompt as the reference does, with and without guesses', async () => {
    const path = await promptsFile(
      'references.jsonl',
      references.map(({ prompt }, id) => ({ id, prompt })),
    );
    const common = ['generate', '--prompts', path, '--max-tokens', '48', ...EXACT];
    const standard = await answers([...common, '--draft', 'none']);
    const expected = references.map(({ promptTokens, greedy }, id) => ({ id, promptTokens, tokens: greedy }));
    expect(standard.map(({ id, promptTokens, tokens }) => ({ id, promptTokens, tokens }))).toEqual(expected);
    await expectSameTokens(standard, await answers([...common, '--draft', 'lookup']));
  });

  it('copies the same with and without guesses, in fewer forwards', async () => {
    const common = ['generate', '--prompts', copyingPrompts, '--max-tokens', '64'];
    const standard = await answers([...common, '--draft', 'none']);
    const speculative = await answers([...common, '--draft', 'lookup']);
    expect(standard).toHaveLength(20);
    await expectSameTokens(standard, speculative);
    const tokens = speculative.reduce((sum, answer) => sum + answer.tokens.length, 0);
    const rounds = speculative.reduce((sum, answer) => sum + (answer.speculation?.rounds ?? 0), 0);
    expect(tokens / rounds).toBeGreaterThan(1.5);
  });

  it('--json is one object of the documented shape, and the end token is in its tokens but not in its text', async () => {
    const ending = references.find(({ greedy }) => greedy.at(-1) === 2)!;
    const [answer, ...more] = await answers(['generate', ending.prompt, '--json', '--max-tokens', '48', ...EXACT]);
    expect(more).toEqual([]);
    const number = expect.any(Number) as unknown;
    expect(answer).toEqual({
      text: expect.not.stringContaining('<|im_end|>') as unknown,
      tokens: ending.greedy,
      promptTokens: ending.promptTokens,
      finishReason: 'stop',
      device: expect.stringMatching(/^(cuda|cpu|wasm|js)$/) as unknown,
      timings: { prefillMs: number, decodeMs: number, tokensPerSecond: number },
      speculation: {
        rounds: number,
        drafted: number,
        accepted: number,
        acceptanceRate: number,
        meanAcceptanceLength: number,
        acceptedPerDepth: expect.any(Array) as unknown,
        byDrafter: expect.any(Object) as unknown,
        standardRounds: number,
        standardReasons: expect.any(Object),
        fallbacks: 0,
        draftMs: number,
        forwardMs: number,
        verifyMs: number,
      },
    });
  });

  it('samples the same text from the same seed, with and without guesses', async () => {
    const flags = [
      'generate',
      'Once upon a time',
      '--json',
      '--max-tokens',
      '24',
      '--temperature',
      '0.8',
      '--top-p',
      '0.9',
    ];
    const [standard] = await answers([...flags, '--seed', '7', '--draft', 'none']);
    const [speculative] = await answers([...flags, '--seed', '7', '--draft', 'lookup']);
    const [other] = await answers([...flags, '--seed', '8', '--draft', 'none']);
    expect(speculative?.tokens).toEqual(standard?.tokens);
    expect(other?.tokens).not.toEqual(standard?.tokens);
  });

  it('ends before a stop string', async () => {
    const [free, stopped] = await Promise.all([
      answers(['generate', 'The history of Rome begins with', '--json', '--max-tokens', '20', ...EXACT]),
      answers([
        'generate',
        'The history of Rome begins with',
        '--json',
        '--max-tokens',
        '20',
        '--stop',
        'Romulus',
        ...EXACT,
      ]),
    ]);
    expect(free[0]?.text).toContain('Romulus');
    expect(stopped[0]).toMatchObject({ text: free[0]?.text.split('Romulus')[0], finishReason: 'stop' });
  });
});

describe('foretoken chat', () => {
  it('--message answers as the chat template of the reference does', async () => {
    const reference = references.find(({ prompt }) => prompt.includes('You answer in one short sentence.'))!;
    const message = /<\|im_start\|>user\n(.*?)<\|im_end\|>/s.exec(reference.prompt)?.[1] ?? '';
    const flags = ['--system', 'You answer in one short sentence.', '--json', '--max-tokens', '48', ...EXACT];
    const [answer] = await answers(['chat', '--message', message, ...flags]);
    expect(answer).toMatchObject({ promptTokens: reference.promptTokens, tokens: reference.greedy });
  });
});

describe('failures', () => {
  it.each([
    [['generate', 'a', '--model', 'no-such-model'], 2, 'There is no model "no-such-model"'],
    [['generate', 'a', '--model', './no/such.gguf'], 2, 'There is no file or folder'],
    [['generate', 'a', '--max-tokens', 'many'], 2, 'It must be a whole number'],
    [['models', 'show', 'no-such-model'], 2, 'There is no model'],
  ])('%j ends with code %i and one line', async (argumentList, exitCode, message) => {
    const result = await run(argumentList);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toMatch(/^foretoken: [^\n]+\n$/);
    expect(result.stderr).toContain(message);
  });

  it('a damaged model file is a failure, not a crash', async () => {
    const { weights } = await resolveModel('smollm2-135m-instruct');
    const cut = join(folder, 'cut.gguf');
    await copyFile(weights, cut);
    const file = await open(cut, 'r+');
    await file.truncate(50_000_000);
    await file.close();
    const noise = join(folder, 'noise.gguf');
    await writeFile(noise, 'GGUF but not really');
    for (const path of [cut, noise]) {
      const result = await run(['generate', 'a', '--model', path, '--json']);
      expect(result).toMatchObject({ exitCode: 1, stdout: '' });
      expect(result.stderr).toMatch(/^foretoken: [^\n]+\n$/);
    }
  });

  it('a prompt longer than the context is a failure in one line', async () => {
    const path = join(folder, 'long.txt');
    await writeFile(path, 'word '.repeat(9000));
    const result = await run(['generate', '--file', path, '--json']);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/foretoken: The prompt has \d+ tokens, but the context holds 8192[^\n]+\n$/);
  });
});

describe('interruption', () => {
  const long = ['generate', 'The history of Rome begins with', '--max-tokens', '2000'];

  it('Ctrl-C prints what there is and ends with code 130', async () => {
    let interrupted = false;
    const { exitCode, stdout } = await run(long, {
      onOutput: (child, text) => {
        if (interrupted || text.length < 20) return;
        interrupted = true;
        child.kill('SIGINT');
      },
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^ the founding of Rome.*\n$/s);
  });

  it('a reader that closes the pipe ends the program without an error', async () => {
    const { exitCode, stderr } = await run(long, { onOutput: (child) => child.stdout?.destroy() });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('doctor and models', () => {
  it('doctor says which device is taken', async () => {
    const { exitCode, stdout } = await run(['doctor', '--json']);
    const report = JSON.parse(stdout) as {
      device: string;
      tensorFlow: { devices: { device: string; state: string }[] };
    };
    expect(exitCode).toBe(0);
    expect(report.tensorFlow.devices.filter(({ state }) => state === 'taken')).toEqual([
      expect.objectContaining({ device: report.device }),
    ]);
  });

  it('models list, pull and show know the default model', async () => {
    const list = await run(['models', 'list']);
    expect(list.stdout).toMatch(/^smollm2-135m-instruct +98 MB +cached$/m);
    const pull = await run(['models', 'pull', 'smollm2-135m-instruct']);
    expect(pull).toMatchObject({ exitCode: 0, stderr: '' });
    expect(existsSync(pull.stdout.trim())).toBe(true);
    const show = await run(['models', 'show', 'smollm2-135m-instruct']);
    expect(show.stdout).toMatch(/^architecture +llama$/m);
    expect(show.stdout).toMatch(/^license +Apache-2.0$/m);
    expect(show.stdout).toMatch(/^runs +yes$/m);
    expect(show.stdout).toMatch(/^drafts +auto, lookup, /m);
    const listed = JSON.parse((await run(['models', 'list', '--json'])).stdout) as readonly object[];
    expect(listed).toContainEqual(
      expect.objectContaining({ name: 'smollm2-135m-instruct', origin: 'registry', cached: true, bytes: 98_362_432 }),
    );
  });
});

describe('serve with few open files', () => {
  /** What it says on stderr, or "serves" where it does; that many may do or not, by what is installed. */
  async function serveWith(files: number): Promise<string> {
    const command = `ulimit -n ${files} && exec "$0" "$1" serve --port 0`;
    const child = spawn('sh', ['-c', command, process.execPath, cli], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    let serves = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdout.once('data', () => {
      serves = true;
      child.kill();
    });
    await new Promise((resolve) => child.once('close', resolve));
    return serves ? 'serves' : stderr;
  }
  const tooFew = (files: number): string =>
    `^foretoken: Too many open files: this process may have ${files} open.*ulimit -n`;

  it('says that 64 are too few', async () => {
    expect(await serveWith(64)).toMatch(new RegExp(tooFew(64)));
  });

  it('serves with 256, or says that they are too few', async () => {
    expect(await serveWith(256)).toMatch(new RegExp(`^serves$|${tooFew(256)}`));
  });
});
