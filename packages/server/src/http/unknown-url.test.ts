import { describe, expect, it } from 'vitest';
import { adviceFor, isOllama } from './unknown-url.js';

describe('adviceFor', () => {
  it.each([
    ['POST', '/chat/completions', /lacks \/v1: use POST \/v1\/chat\/completions/],
    ['POST', '/completions', /lacks \/v1: use POST \/v1\/completions/],
    ['POST', '/responses', /lacks \/v1: use POST \/v1\/responses/],
    ['GET', '/models', /lacks \/v1: use GET \/v1\/models/],
    ['GET', '/models/some/model', /lacks \/v1: use GET \/v1\/models\/some\/model/],
    ['POST', '/v1/v1/chat/completions', /\/v1 twice: use POST \/v1\/chat\/completions/],
    ['GET', '/v1/v1/models', /\/v1 twice: use GET \/v1\/models/],
    ['GET', '/v1/health', /Use GET \/health/],
    ['GET', '/v1/metrics', /Use GET \/metrics/],
    ['POST', '/v1/tokenize', /Use POST \/tokenize/],
    ['DELETE', '/v1/models/some/model', /^Use GET \/v1\/models\/some\/model\.$/],
    ['GET', '/v1/chat/completions', /Use POST \/v1\/chat\/completions/],
    ['POST', '/v1/chat/completions/', /POST \/v1\/chat\/completions/],
    ['POST', '//v1//chat/completions', /POST \/v1\/chat\/completions/],
    ['GET', '/slots', /\/metrics/],
    ['GET', '/slots/0', /\/metrics/],
    ['GET', '/version', /\/health/],
    ['POST', '/v1/embeddings', /no embeddings/],
    ['POST', '/embedding', /no embeddings/],
    ['POST', '/v1/rerank', /ranks nothing/],
    ['POST', '/v1/audio/speech', /text/],
    ['POST', '/completion', /\/v1\/completions/],
    ['POST', '/infill', /\/v1\/completions/],
    ['POST', '/v1/messages', /Anthropic/],
    ['GET', '/v1/responses/resp_1', /not stored/],
    ['POST', '/v1/responses/resp_1/cancel', /not stored/],
    ['POST', '/api/chat', /Ollama/],
    ['GET', '/api/tags', /Ollama/],
  ])('%s %s', (method, path, advice) => {
    expect(adviceFor(method, path)).toMatch(advice);
  });

  it.each(['/', '/nothing', '/v1', '/v1/nothing', '/apis'])('has none for %s', (path) => {
    expect(adviceFor('GET', path)).toBeUndefined();
  });

  it("knows Ollama's paths", () => {
    expect(['/api/tags', '/api/generate'].map(isOllama)).toEqual([true, true]);
    expect(['/api', '/apis/x', '/v1/api/tags'].map(isOllama)).toEqual([false, false, false]);
  });
});
