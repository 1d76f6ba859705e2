import {
  DeadlineExceededError,
  EngineClosedError,
  ForetokenError,
  InvalidArgumentError,
  QueueFullError,
} from '@foretoken/core';
import { OperatorsError } from '@foretoken/operators';
import { TensorFlowError } from '@foretoken/tensorflow';
import { NotAChainError } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { errorToData, reviveError } from './error-data.js';

const cross = (error: unknown): ForetokenError => reviveError(structuredClone(errorToData(error)));

describe('an error that crosses to another process', () => {
  it.each([
    [new QueueFullError(64, 7)],
    [new DeadlineExceededError(1500)],
    [new EngineClosedError()],
    [new InvalidArgumentError('stop is empty', { index: 3 })],
  ])('is of its own class again: $name', (error) => {
    const revived = cross(error);
    expect(revived).toBeInstanceOf(error.constructor);
    expect(revived).toMatchObject({
      name: error.name,
      code: error.code,
      message: error.message,
      details: error.details,
    });
  });

  it('keeps what clients need of a full queue', () => {
    expect(cross(new QueueFullError(64, 7))).toMatchObject({ retryAfterSeconds: 7 });
  });

  it('keeps code, details, message and name of others', () => {
    const error = cross(new ForetokenError('No such draft.', { code: 'draft-unavailable', details: { draft: 'x' } }));
    expect(error).toMatchObject({ code: 'draft-unavailable', details: { draft: 'x' }, message: 'No such draft.' });
  });

  it.each([
    ['no-gpu', new TensorFlowError('no-gpu', 'There is no GPU.')],
    ['gpu-too-old', new OperatorsError('gpu-too-old', 'The GPU is too old.')],
    ['not-a-chain', new NotAChainError('It branches.', { node: 2 })],
  ])('keeps the code %s of an error of another package', (code, error) => {
    expect(cross(error)).toMatchObject({ code, message: error.message, details: error.details });
  });

  it('leaves details behind that cannot be sent', () => {
    const error = new ForetokenError('Odd.', { code: 'odd', details: { call: () => 1 } });
    expect(cross(error)).toMatchObject({ code: 'odd', details: {} });
  });

  it('is a fault of the engine when nobody threw it on purpose', () => {
    expect(cross(new TypeError('x is not a function'))).toMatchObject({
      code: 'engine-fault',
      message: expect.stringContaining('x is not a function'),
    });
    expect(cross('text')).toMatchObject({ code: 'engine-fault' });
  });
});
