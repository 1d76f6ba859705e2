import { createRequire } from 'node:module';
import type { NativeAddon } from './native-addon.js';

/**
 * Gives a function that any thread of a process may call while another one is in a forward pass: the number that it
 * returns grows as long as some pass moves on. Useful to tell a process that is busy from one that hangs.
 *
 * @param path `NativeOperators.path`, of the operators that this process has loaded.
 */
export function passProgress(path: string): () => number {
  const addon: NativeAddon = createRequire(path)(path);
  return () => addon.instructionsDone();
}
