import { readFile } from 'node:fs/promises';

/** Ticks a second of Linux' process accounting, the same on every machine that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time that a process has taken so far, in milliseconds; `undefined` where there is no /proc. On a machine
 * that others use too it tells how much of a slow block was theirs. Source: proc(5), fields utime and stime.
 */
export async function processorTime(processId: number): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(`/proc/${processId}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name of the program is in brackets and may hold anything; state is the first field behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
