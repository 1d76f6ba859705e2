import { existsSync, readFileSync } from 'node:fs';

/** Whether a process runs. One that has ended and that nobody has asked about does not, though it still has its number. */
export function alive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    const status = `/proc/${processId}/status`;
    return !existsSync(status) || !/^State:\s+[ZX]/m.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
}
