import { describe, expect, it } from 'vitest';
import { paletteFor } from './colour.js';
import { formatTable } from './table.js';

describe('paletteFor', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{}, { FORCE_COLOR: '1' }, true],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
    [{}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('output %j, environment %j: %j', (output, environment, enabled) => {
    const palette = paletteFor(output, environment);
    expect(palette.enabled).toBe(enabled);
    expect(palette.green('x')).toBe(enabled ? '\u001B[32mx\u001B[39m' : 'x');
    expect(palette.bold('')).toBe('');
  });
});

describe('formatTable', () => {
  it('aligns the first column left and the others right', () => {
    expect(
      formatTable([
        ['name', 'tokens'],
        ['a longer name', '7'],
        ['b', '123456789'],
      ]),
    ).toEqual(['name              tokens', 'a longer name          7', 'b              123456789']);
  });
});
