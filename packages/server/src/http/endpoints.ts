/** An endpoint of the API. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** What it is for, in a few words. */
  readonly summary: string;
}

/** All endpoints that are described, by their paths. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/v1/chat/completions', { method: 'POST', summary: 'Answer a conversation' }],
  ['/v1/completions', { method: 'POST', summary: 'Go on after a prompt' }],
  ['/v1/responses', { method: 'POST', summary: 'Answer a conversation, as the Responses API has it' }],
  ['/v1/models', { method: 'GET', summary: 'The served model, as a list' }],
  ['/v1/models/{id}', { method: 'GET', summary: 'A model' }],
  ['/tokenize', { method: 'POST', summary: 'Tokens of a text' }],
  ['/detokenize', { method: 'POST', summary: 'Text of tokens' }],
  ['/apply-template', { method: 'POST', summary: 'A conversation as the model reads it' }],
  ['/health', { method: 'GET', summary: 'Whether the server is well' }],
  ['/ready', { method: 'GET', summary: 'Whether requests should be sent here' }],
  ['/props', { method: 'GET', summary: 'Properties of the server' }],
  ['/metrics', { method: 'GET', summary: 'Metrics for Prometheus' }],
]);
