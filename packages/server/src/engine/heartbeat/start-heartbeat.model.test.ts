import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadedModel, loadModel } from '@foretoken/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHeartbeat } from './start-heartbeat.js';

// The thread is that of the build: build the server before this test.

let loaded: LoadedModel;
let folder: string;
let listener: ChildProcess;
let heartbeat: ReturnType<typeof startHeartbeat>;

/** Bytes that a process of its own has read, also while this one is held up. */
const beats = (): number => statSync(join(folder, 'beats')).size;

function holdUp(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

beforeAll(async () => {
  loaded = await loadModel('smollm2-135m-instruct', { device: 'cpu', contextLength: 1024 });
  folder = mkdtempSync(join(tmpdir(), 'foretoken-heartbeat-'));
  listener = spawn('cat', { stdio: ['pipe', openSync(join(folder, 'beats'), 'w'), 'inherit'] });
  const { fd: fileDescriptor } = (listener.stdin as unknown as { readonly _handle: { readonly fd: number } })._handle;
  heartbeat = startHeartbeat({ fileDescriptor, addon: loaded.addon! });
  while (beats() === 0) await sleep(50);
});

afterAll(async () => {
  await heartbeat.stop();
  listener.kill();
  loaded.close();
  rmSync(folder, { recursive: true });
});

it('beats while a long pass holds the event loop up, and not while anything else does', async () => {
  const sequence = loaded.model.openSequence();
  let turns = 0;
  const timer = setInterval(() => turns++, 100);
  const before = beats();
  // Long on any machine: so many tokens at once.
  await loaded.model.forward([{ sequence, tokens: new Int32Array(1000).fill(7), want: 'none' }]);
  clearInterval(timer);
  sequence.close();
  expect(turns).toBeLessThanOrEqual(1);
  expect(beats() - before).toBeGreaterThan(1);

  holdUp(600);
  const silent = beats();
  holdUp(2000);
  expect(beats()).toBe(silent);

  while (beats() === silent) await sleep(50);
});
