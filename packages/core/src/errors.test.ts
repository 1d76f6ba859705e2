import { ForetokenError, InvalidArgumentError } from '@foretoken/core';
import { describe, expect, it, vi } from 'vitest';

describe('ForetokenError', () => {
  it('knows the errors of another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('./errors.js');
    const error = new copy.InvalidArgumentError('stop is empty');
    expect(copy.ForetokenError).not.toBe(ForetokenError);
    expect(error).toBeInstanceOf(ForetokenError);
    expect(error).not.toBeInstanceOf(InvalidArgumentError);
  });

  it('is not what others throw', () => {
    expect(new TypeError('x is not a function')).not.toBeInstanceOf(ForetokenError);
    expect({ code: 'closed', message: 'The model is closed.' }).not.toBeInstanceOf(ForetokenError);
  });
});
