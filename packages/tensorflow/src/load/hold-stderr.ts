import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface StderrHolder {
  hold(path: string): void;
  release(): void;
}

/** What TensorFlow prints at every start, whatever its log level is. */
const NOISE = [
  /^WARNING: All log messages before absl::InitializeLog\(\) is called/,
  /^I\d{4} .*oneDNN custom operations are on/,
];

/**
 * Runs `action` and drops the known noise from what it wrote to stderr meanwhile; everything else is written after it.
 * With `TF_CPP_MIN_LOG_LEVEL=0`, or without the addon that can do it, nothing is held back.
 */
export function withoutStartNoise<T>(addon: string, action: () => T): T {
  if (process.env.TF_CPP_MIN_LOG_LEVEL === '0' || !existsSync(addon)) return action();
  const holder: StderrHolder = createRequire(import.meta.url)(addon);
  const folder = mkdtempSync(join(tmpdir(), 'foretoken-stderr-'));
  const held = join(folder, 'held');
  try {
    holder.hold(held);
    return action();
  } finally {
    holder.release();
    const text = existsSync(held) ? readFileSync(held, 'utf8') : '';
    rmSync(folder, { recursive: true, force: true });
    const rest = withoutNoise(text);
    if (rest) process.stderr.write(rest);
  }
}

export function withoutNoise(text: string): string {
  return text
    .split('\n')
    .filter((line) => !NOISE.some((pattern) => pattern.test(line)))
    .join('\n');
}
