import {
  DeadlineExceededError,
  EngineClosedError,
  ForetokenError,
  InvalidArgumentError,
  PromptTooLongError,
  QueueFullError,
} from '@foretoken/core';
import { ChatTemplateError } from '@foretoken/core/text';
import { DraftUnavailableError } from '@foretoken/speculation';
import { InvalidConstraintError } from '@foretoken/structured-output';
import { NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { RepeatedItemsError } from '../../../structured-output/src/errors.js';
import { EngineDiedError, EngineUnavailableError } from '../engine/errors.js';
import { InvalidToolsError } from '../tools/index.js';
import { invalidParameter } from './api-error.js';
import { toApiError } from './describe-error.js';

const context = { prompt: 'messages', constraint: 'response_format' } as const;

it.each([
  [new PromptTooLongError(9, 8), 400, 'context_length_exceeded', 'messages'],
  [new InvalidArgumentError('x', { option: 'topK', value: 0 }), 400, 'invalid_value', 'top_k'],
  [new InvalidArgumentError('x'), 400, 'invalid_value', null],
  [new InvalidConstraintError('x'), 400, 'invalid_constraint', 'response_format'],
  [new RepeatedItemsError('/x', '1'), 422, 'repeated_items', 'response_format'],
  [new InvalidToolsError('tools[1]', 'x'), 400, 'invalid_tools', 'tools[1]'],
  [new DraftUnavailableError('model:x'), 400, 'draft_unavailable', 'speculation.draft'],
  [new ChatTemplateError('x'), 400, 'invalid_messages', 'messages'],
  [new DeadlineExceededError(5), 504, 'deadline_exceeded', null],
  [new EngineDiedError({ kind: 'silent', milliseconds: 1 }), 500, 'engine_died', null],
  [new EngineClosedError(), 503, 'engine_closed', null],
  [new NotFoundException('Cannot GET /x'), 404, 'not_found', null],
  [new ServiceUnavailableException('full'), 503, 'unavailable', null],
  [new ForetokenError('x', { code: 'never-heard-of' }), 500, 'internal_error', null],
  [Object.assign(new URIError('x'), { status: 400 }), 400, 'malformed_request', null],
  [new TypeError('secret'), 500, 'internal_error', null],
  ['text', 500, 'internal_error', null],
])('%s', (error, status, code, param) => {
  const described = toApiError(error, context);
  expect(described).toMatchObject({ status, code, param });
  expect(described.body.error.message).not.toContain('secret');
});

it('tells when to come back', () => {
  expect(toApiError(new QueueFullError(3, 7)).headers).toEqual({ 'retry-after': '7' });
  expect(toApiError(new EngineUnavailableError(2.5)).headers).toEqual({ 'retry-after': '3' });
  expect(toApiError(new EngineClosedError()).headers).toHaveProperty('retry-after');
  expect(toApiError(new DeadlineExceededError(1)).headers).toEqual({});
});

it('keeps what is described already', () => {
  const error = invalidParameter('n', 'x');
  expect(toApiError(error)).toBe(error);
});
