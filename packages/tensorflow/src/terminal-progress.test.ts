import { type ProgressEvent, terminalProgress } from '@foretoken/tensorflow';
import { expect, it } from 'vitest';

function draw(options: {
  readonly isTTY: boolean;
  readonly columns?: number;
  readonly millisecondsApart: number;
}): string {
  let time = 0;
  let text = '';
  const listener = terminalProgress(
    { isTTY: options.isTTY, columns: options.columns ?? 80, write: (part) => (text += part) },
    { now: () => time },
  );
  const events: ProgressEvent[] = [
    { kind: 'start', step: 'download' },
    { kind: 'advance', step: 'download', done: 50e6, total: 200e6 },
    { kind: 'advance', step: 'download', done: 100e6, total: 200e6 },
    { kind: 'advance', step: 'download', done: 7e6, total: undefined },
    { kind: 'finish', step: 'download' },
  ];
  for (const event of events) {
    listener(event);
    time += options.millisecondsApart;
  }
  return text;
}

it('redraws one line on a terminal', () => {
  const text = draw({ isTTY: true, millisecondsApart: 1000 });
  expect(text.split('\n')).toHaveLength(2);
  expect(text).toContain('25% 50 MB of 200 MB download');
  expect(text).toContain('[############------------]  50%');
  expect(text).toContain('7 MB download');
});

it('never writes past the edge of the terminal', () => {
  const lines = draw({ isTTY: true, columns: 20, millisecondsApart: 1000 }).split('\r\u001b[2K');
  expect(Math.max(...lines.map((line) => line.trimEnd().length))).toBeLessThan(20);
});

it('skips events that come faster than an eye follows', () => {
  expect(draw({ isTTY: true, millisecondsApart: 1 })).not.toContain('MB');
});

it('writes sparse lines without control characters elsewhere', () => {
  expect(draw({ isTTY: false, millisecondsApart: 1000 })).toBe('download ...\ndownload: done\n');
  expect(draw({ isTTY: false, millisecondsApart: 11_000 })).toBe(
    'download ...\n[######------------------]  25% 50 MB of 200 MB download\n[############------------]  50% 100 MB of 200 MB download\n7 MB download\ndownload: done\n',
  );
});
