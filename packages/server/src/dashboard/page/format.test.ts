import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatNumber, formatShare, NOTHING, visibleText } from './format.js';

describe('formats', () => {
  it.each([
    [formatNumber(null), NOTHING],
    [formatNumber(0), '0'],
    [formatNumber(1.834), '1.83'],
    [formatNumber(18.34), '18.3'],
    [formatNumber(1834.4), '1,834'],
    [formatShare(0.834), '83 %'],
    [formatBytes(2 ** 20 * 512), '512 MiB'],
    [formatBytes(2 ** 30 * 1.5), '1.50 GiB'],
    [formatDuration(59.9), '59 s'],
    [formatDuration(3725), '1 h 2 min'],
    [formatDuration(90_000), '1 d 1 h'],
    [visibleText(' a\n'), '␣a↵'],
    [visibleText(''), '∅'],
  ])('%s', (made, expected) => {
    expect(made).toBe(expected);
  });
});
