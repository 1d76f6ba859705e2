import { setTimeout as wait } from 'node:timers/promises';

/** Asks again and again until the answer is yes; throws an `Error` that says what was not so after `limit` milliseconds. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limit = 60_000,
  pause = 50,
): Promise<void> {
  const end = performance.now() + limit;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not within ${limit} ms: ${what}.`);
    await wait(pause);
  }
}
