import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadModelText } from '@foretoken/backend';
import { describe, expect, it } from 'vitest';
import { createTextEngine } from './create-text-engine.js';
import { alive } from './testing/alive.js';
import { collectText, engineSettings, textRequest } from './testing/requests.js';

// The engine's process is that of the build, and so is the server that these tests start: build the server before them.

const server = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const small = { contextLength: 512, sequences: 2, controller: 'fixed' } as const;

/** A program that starts an engine and prints the number of its process. */
const program = (rest: string): string => `
  import { createTextEngine } from ${JSON.stringify(server)};
  const engine = await createTextEngine(${JSON.stringify(engineSettings(small))});
  console.log(engine.snapshot().engines[0].processId);
  ${rest}
`;

async function untilGone(processId: number): Promise<void> {
  while (alive(processId)) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('processes of engines', () => {
  it('leave nothing behind after close(): a program that has closed its engine ends by itself', async () => {
    const source = program('await engine.close(); console.log(engine.state);');
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]);
    const [processId, state] = stdout.trim().split('\n');
    expect(state).toBe('closed');
    expect(alive(Number(processId))).toBe(false);
  });

  it('end when the server is killed', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program('')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const processId = await new Promise<number>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line)));
    });
    expect(alive(processId)).toBe(true);
    parent.kill('SIGKILL');
    await untilGone(processId);
  });

  it('are not ended by the signals that end a server in good order', async () => {
    const engine = await createTextEngine(engineSettings(small));
    const text = await loadModelText('smollm2-135m-instruct');
    const { processId } = engine.snapshot().engines[0]!;
    process.kill(processId!, 'SIGTERM');
    process.kill(processId!, 'SIGINT');
    expect(await collectText(engine.submit(textRequest(text, 'Say hello.', { maximumTokens: 8 })))).toMatch(/\w/);
    expect(engine.snapshot().engines[0]).toMatchObject({ processId, restarts: 0 });
    await engine.close();
    expect(alive(processId!)).toBe(false);
  });

  it('say why they can not be started', async () => {
    const starts = [
      [{ model: 'no-such-model' }, 'unknown-model'],
      [{ draft: 'magic' as 'auto' }, 'invalid-argument'],
      [{ contextLength: 10_000_000 }, 'invalid-argument'],
      [{ watchdog: 10 }, 'invalid-argument'],
      [{ engines: 0 }, 'invalid-argument'],
    ] as const;
    for (const [settings, code] of starts) {
      await expect(createTextEngine(engineSettings({ ...small, ...settings }))).rejects.toMatchObject({ code });
    }
    const controller = new AbortController();
    const starting = createTextEngine(engineSettings(small), { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    await expect(starting).rejects.toMatchObject({ code: 'engine-closed' });
  });

  it('share the work of several, and answer for each other', async () => {
    const lines: string[] = [];
    const engine = await createTextEngine(engineSettings({ ...small, engines: 2, maxQueue: 1 }), {
      onLog: ({ engine, text }) => lines.push(`${engine} ${text}`),
    });
    const text = await loadModelText('smollm2-135m-instruct');
    const story = () => textRequest(text, 'Tell a long story.', { maximumTokens: 24, ignoreEndTokens: true });
    const [first, second] = engine.snapshot().engines.map(({ processId }) => processId!);
    expect(first).not.toBe(second);

    // Two run and one waits in each; two find both queues full.
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => collectText(engine.submit(story()))));
    const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(answers).toHaveLength(6);
    expect(new Set(answers).size).toBe(1);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'queue-full' } });
    for (const { statistics } of engine.snapshot().engines) expect(statistics.totals.finished).toBe(3);

    process.kill(first!, 'SIGKILL');
    expect(await collectText(engine.submit(story()))).toBe(answers[0]);
    while (engine.snapshot().engines[0]?.state !== 'ready') await new Promise((resolve) => setTimeout(resolve, 50));
    expect(engine.snapshot().engines.map(({ restarts }) => restarts)).toEqual([1, 0]);
    expect(lines.some((line) => line.startsWith('0 The engine was ended by SIGKILL'))).toBe(true);
    await engine.close();
    expect([alive(first!), alive(second!)]).toEqual([false, false]);
  });
});
