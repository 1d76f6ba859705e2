import type { ProgressEvent, ProgressListener } from './progress.js';

/** What is drawn on: `process.stderr`, or a stand-in. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  /** Width in characters. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** A terminal need not be redrawn more often than an eye follows. */
const REDRAW_MS = 100;
/** A log file wants a line at most this often. */
const LINE_MS = 10_000;
const BAR_WIDTH = 24;

/**
 * A listener that shows progress on a stream: one line that redraws itself on a terminal, a line now and then
 * elsewhere.
 *
 * @param options.now milliseconds of a clock. @default Date.now
 */
export function terminalProgress(
  stream: ProgressStream,
  options: { readonly now?: () => number } = {},
): ProgressListener {
  const now = options.now ?? Date.now;
  let drawnAt = Number.NEGATIVE_INFINITY;
  if (stream.isTTY) {
    return (event) => {
      if (event.kind === 'advance' && now() - drawnAt < REDRAW_MS) return;
      drawnAt = now();
      const text = line(event).slice(0, Math.max(0, (stream.columns ?? 80) - 1));
      stream.write(`\r\u001b[2K${text}${event.kind === 'finish' ? '\n' : ''}`);
    };
  }
  return (event) => {
    if (event.kind === 'start') drawnAt = now();
    if (event.kind === 'advance') {
      if (now() - drawnAt < LINE_MS) return;
      drawnAt = now();
    }
    stream.write(`${line(event)}\n`);
  };
}

function line(event: ProgressEvent): string {
  switch (event.kind) {
    case 'start':
      return `${event.step} ...`;
    case 'finish':
      return `${event.step}: done`;
    case 'advance':
      return event.total
        ? `${bar(event.done / event.total)} ${size(event)} ${event.step}`
        : `${size(event)} ${event.step}`;
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)
    .toString()
    .padStart(3)}%`;
}

function size(event: { readonly done: number; readonly total: number | undefined }): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  return event.total ? `${megabytes(event.done)} of ${megabytes(event.total)}` : megabytes(event.done);
}
