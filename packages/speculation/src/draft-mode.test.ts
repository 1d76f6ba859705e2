import { parseDraftMode } from '@foretoken/speculation';
import { describe, expect, it } from 'vitest';

describe('parseDraftMode', () => {
  it.each([
    ['none', { kind: 'none' }],
    ['auto', { kind: 'auto' }],
    ['suffix', { kind: 'tokens', drafter: 'suffix' }],
    ['model:org/name', { kind: 'model', reference: 'org/name' }],
    ['model:./a:b.gguf', { kind: 'model', reference: './a:b.gguf' }],
    ['early-exit:12', { kind: 'early-exit', layers: 12 }],
  ])('reads %s', (mode, choice) => {
    expect(parseDraftMode(mode)).toEqual(choice);
  });

  it.each([
    '',
    'Lookup',
    'model:',
    'model',
    'early-exit:',
    'early-exit:0',
    'early-exit:1.5',
    'early-exit:99999',
    'auto ',
  ])('refuses %j and names what there is', (mode) => {
    expect(() => parseDraftMode(mode)).toThrow(/auto, none, lookup.*early-exit:N/);
    expect(() => parseDraftMode(mode)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
