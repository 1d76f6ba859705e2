import { afterEach, expect, it } from 'vitest';
import type { BodyReply, BodyRequest } from '../openai/bodies/check-body.js';
import { TenantThread } from './tenant-thread.js';

const stays = new AbortController().signal;
const unavailable = expect.objectContaining({ code: 'text-unavailable' });
const body = (text: string): BodyRequest => ({ bytes: new TextEncoder().encode(text), path: '/nowhere' });

let thread: TenantThread<BodyRequest, BodyReply>;
afterEach(() => thread.close());

const start = (heapMegabytes: number): void => {
  thread = new TenantThread({ name: 'body-thread', heapMegabytes, mostWaiting: 2 });
};
const ask = (text: string, tenant = '', signal = stays): Promise<unknown> =>
  thread.perform(body(text), { tenant, signal }).catch((error: unknown) => error);

it('goes on after a body of too many values', async () => {
  start(32);
  const large = ask(`[${'[1],'.repeat(2_000_000)}1]`);
  const small = ask('[1]', 'other');
  expect(await large).toEqual(expect.objectContaining({ kind: 'refused' }));
  expect(await small).toEqual({ kind: 'value', value: [1] });
});

it('refuses what is too much, whose asker left, and what is left when it is closed', async () => {
  start(512);
  const first = ask('[1]');
  const left = ask('[2]', 'other', AbortSignal.abort());
  const waiting = [ask('[3]'), ask('[4]'), ask('[5]')];
  expect(await first).toEqual({ kind: 'value', value: [1] });
  expect(await left).toEqual(unavailable);
  expect(await waiting[2]).toEqual(unavailable);
  expect(await Promise.all(waiting.slice(0, 2))).toEqual([3, 4].map((n) => ({ kind: 'value', value: [n] })));
  const late = [ask(`[${'1,'.repeat(100_000)}1]`), ask('[7]')];
  await thread.close();
  const closing = expect.objectContaining({ message: 'The server is closing.' });
  expect(await Promise.all([...late, ask('[8]')])).toEqual([closing, closing, closing]);
});

it('rejects what a thread that can not be started was asked, each time anew', async () => {
  start(1);
  expect(await ask('[1]')).toEqual(unavailable);
  expect(await ask('[2]')).toEqual(unavailable);
});
