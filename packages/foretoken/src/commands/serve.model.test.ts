import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A server that runs as users run it: the built command line in a process of its own. */
interface Served {
  readonly process: ChildProcess;
  readonly url: string;
  readonly stderr: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const started = new Set<ChildProcess>();

beforeAll(() => {
  if (!existsSync(cli)) throw new Error(`${cli} is not built: run "pnpm build" first`);
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});

async function serve(flags: readonly string[] = []): Promise<Served> {
  const child = spawn(process.execPath, [cli, 'serve', '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Awaited<Served['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  await expect
    .poll(() => `${stdout}${child.exitCode === null ? '' : `ended: ${stderr}`}`, { timeout: 120_000 })
    .toMatch(/\n|ended/);
  const url = /^foretoken serves \S+ at (http:\S+)\n$/.exec(stdout)?.[1];
  if (url === undefined) throw new Error(`No address in ${JSON.stringify(stdout)}; ${stderr}`);
  return { process: child, url, stderr: () => stderr, ended };
}

/** Starts a stream that would go on for long, and gives its reader once it has begun. */
async function longStream(url: string, tokens: number): Promise<Response> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ messages: [{ role: 'user', content: 'Count.' }], max_tokens: tokens, ignore_eos: true, stream: true },
      ...{ temperature: 0 },
    }),
  });
  expect(response.status).toBe(200);
  return response;
}

/** Processes whose parent is the given one. */
function childrenOf(parent: number): readonly number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid = 0]) => pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('foretoken serve', () => {
  it('lets a stream end after SIGTERM, takes nothing new, and leaves no process', async () => {
    const { process: server, url, ended } = await serve();
    const engines = childrenOf(server.pid!).filter((pid) => isRunning(pid));
    expect(engines.length).toBeGreaterThan(0);
    const stream = await longStream(url, 120);
    server.kill('SIGTERM');
    const text = await stream.text();
    expect(text).toMatch(/"finish_reason":"length"/);
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(await ended).toEqual({ code: 0, signal: null });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    await expect.poll(() => engines.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });

  it('ends streams with an error when their time is over', async () => {
    const { process: server, url, ended } = await serve(['--shutdown-deadline', '300']);
    const stream = await longStream(url, 6_000);
    server.kill('SIGINT');
    expect(await stream.text()).toContain('"code":"server_closing"');
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('ends at once with a second signal, and its engine with it', async () => {
    const { process: server, url, ended } = await serve();
    const engines = childrenOf(server.pid!);
    const stream = await longStream(url, 6_000);
    server.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${url}/ready`)).status, { timeout: 20_000 }).toBe(503);
    server.kill('SIGTERM');
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' });
    await expect(stream.text()).rejects.toThrow();
    await expect.poll(() => engines.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });

  it('ends with 1 where the model cannot be had, and 2 for what cannot be meant', async () => {
    const codeOf = (flags: readonly string[]): Promise<number | null> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [cli, 'serve', '--port', '0', ...flags], { stdio: 'ignore' });
        started.add(child);
        child.once('close', resolve);
      });
    expect(await codeOf(['--model', 'nobody/nothing', '--no-download'])).toBe(1);
    expect(await codeOf(['--model', './nowhere.gguf'])).toBe(2);
    expect(await codeOf(['--engines', 'many'])).toBe(2);
  });
});
