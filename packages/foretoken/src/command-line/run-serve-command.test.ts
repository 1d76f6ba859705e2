import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer, ServerConfiguration } from '@foretoken/server';
import { hashApiKey, SETTINGS } from '@foretoken/server/configuration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run, runWith } from './testing/test-context.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-serve-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs `serve` with a server that is ready at once, and sends a signal when it is. */
async function serve(
  flags: readonly string[],
  options: {
    readonly environment?: Record<string, string>;
    readonly ready?: Promise<void>;
    readonly signal?: string;
  } = {},
): Promise<{
  readonly run: Run;
  readonly configuration: ServerConfiguration | undefined;
  readonly closed: number;
  readonly interrupts: EventEmitter;
}> {
  const interrupts = new EventEmitter();
  let configuration: ServerConfiguration | undefined;
  let closed = 0;
  const server = async (given: ServerConfiguration): Promise<RunningServer> => {
    configuration = given;
    setTimeout(() => interrupts.emit(options.signal ?? 'SIGTERM'), 20);
    return {
      ...{ url: 'http://127.0.0.1:1234', port: 1234, address: '127.0.0.1' },
      ready: options.ready ?? Promise.resolve(),
      close: async () => {
        closed++;
      },
    };
  };
  const environment = options.environment ?? {};
  const run = await runWith(['serve', ...flags], { server, interrupts, environment });
  return { run, configuration, closed, interrupts };
}

describe('serve', () => {
  it.each(['SIGTERM', 'SIGINT'])('says where it is, and closes with %s', async (signal) => {
    const { run, closed, interrupts } = await serve([], { signal });
    expect(run).toEqual({
      exitCode: 0,
      stdout: 'foretoken serves smollm2-135m-instruct at http://127.0.0.1:1234\n',
      stderr: '',
    });
    expect(closed).toBe(1);
    expect(interrupts.listenerCount('SIGTERM') + interrupts.listenerCount('SIGINT')).toBe(0);
  });

  it('stops while the model is still loading', async () => {
    const { run, closed } = await serve([], { ready: new Promise(() => {}) });
    expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(closed).toBe(1);
  });

  it('leaves a second signal to the process', async () => {
    const interrupts = new EventEmitter();
    let listening = -1;
    const server = async (): Promise<RunningServer> => {
      setTimeout(() => interrupts.emit('SIGTERM'), 5);
      return {
        ...{ url: 'http://127.0.0.1:1234', port: 1234, address: '127.0.0.1', ready: Promise.resolve() },
        close: async () => {
          listening = interrupts.listenerCount('SIGTERM') + interrupts.listenerCount('SIGINT');
        },
      };
    };
    await runWith(['serve'], { server, interrupts });
    expect(listening).toBe(0);
  });

  it('ends with what kept the model from loading', async () => {
    const ready = Promise.reject(new Error('The file is damaged.'));
    const { run, closed } = await serve([], { ready });
    expect(run).toEqual({ exitCode: 1, stdout: '', stderr: 'foretoken: The file is damaged.\n' });
    expect(closed).toBe(1);
  });

  it('puts flags over variables over the file', async () => {
    const path = join(folder, 'server.json');
    await writeFile(path, JSON.stringify({ port: 1, engine: { engines: 2, maxQueue: 3 }, logging: { level: 'warn' } }));
    const { configuration } = await serve(
      [
        ...['--config', path, '--max-queue', '7', '--draft', 'lookup', '--no-dashboard', '--api-key', 'one'],
        ...['--api-key', 'two', '--open-metrics'],
      ],
      { environment: { FORETOKEN_ENGINES: '4', FORETOKEN_MAX_QUEUE: '5' } },
    );
    expect(configuration).toMatchObject({
      ...{ port: 1, dashboard: false, logging: { level: 'warn' } },
      engine: { engines: 4, maxQueue: 7, draft: 'lookup', allowDownload: true },
      security: {
        openMetrics: true,
        apiKeys: [
          { name: 'flag-1', sha256: hashApiKey('one') },
          { name: 'flag-2', sha256: hashApiKey('two') },
        ],
      },
    });
  });

  it.each([
    [['--port', '80x'], '--port'],
    [['--draft', 'magic'], '--draft'],
    [['--engines', '0'], '--engines'],
    [['--host', '0.0.0.0'], '--allow-anonymous'],
    [['--config', '/nowhere/server.json'], '/nowhere/server.json'],
    [['--speed', '3'], '--speed'],
  ])('refuses %j with exit code 2 and one line', async (flags, named) => {
    const run = await runWith(['serve', ...flags]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^foretoken: .*\n$/);
    expect(run.stderr).toContain(named);
  });

  it('warns that everybody may use it', async () => {
    const { run } = await serve(['--host', '0.0.0.0', '--allow-anonymous']);
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('no API key');
  });

  it('--help shows every setting', async () => {
    const run = await runWith(['serve', '--help']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    for (const { flag } of SETTINGS) expect(run.stdout).toContain(`--${flag}`);
    expect(run.stdout).toContain('--config');
  });
});

describe('hash-key', () => {
  it('turns the key on stdin into an entry', async () => {
    const run = await runWith(['hash-key', '--name', 'laptop'], { stdin: 'secret\n' });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(run.stdout)).toEqual({ name: 'laptop', sha256: hashApiKey('secret') });
  });

  it('makes a key that it says once', async () => {
    const run = await runWith(['hash-key', '--new']);
    const key = run.stderr.trim();
    expect(key).toMatch(/^ft-[\w-]{43}$/);
    expect(JSON.parse(run.stdout)).toEqual({ name: 'key', sha256: hashApiKey(key) });
  });

  it.each(['', 'two words\n', '\u00e4\n'])('refuses %j', async (stdin) => {
    expect(await runWith(['hash-key'], { stdin })).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
