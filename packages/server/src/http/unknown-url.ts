/** Endpoints that exist, with their methods. */
const ENDPOINTS: ReadonlyMap<string, 'GET' | 'POST'> = new Map([
  ['/v1/chat/completions', 'POST'],
  ['/v1/completions', 'POST'],
  ['/v1/responses', 'POST'],
  ['/v1/models', 'GET'],
  ['/tokenize', 'POST'],
  ['/detokenize', 'POST'],
  ['/apply-template', 'POST'],
  ['/health', 'GET'],
  ['/ready', 'GET'],
  ['/props', 'GET'],
  ['/metrics', 'GET'],
]);

/** What others' servers have at these paths, and what to do here. */
const ELSEWHERE: readonly (readonly [path: RegExp, advice: string])[] = [
  [/^\/v1\/responses\/./, 'Responses are not stored: send the whole conversation to POST /v1/responses.'],
  [/^\/(v1\/)?slots\b/, 'What the server does now is at GET /metrics, its settings are at GET /props.'],
  [
    /^\/(v1\/)?(version|server_info|info|ping|healthz|livez|readyz)$/,
    'GET /health and GET /ready say how the server is, GET /props what it runs.',
  ],
  [
    /^\/(v1\/)?(embeddings?|rerank(ing)?|score|classify|pooling)\b/,
    'The server generates text; it makes no embeddings and ranks nothing.',
  ],
  [
    /^\/(v1\/)?(audio|images|files|batches|fine_tuning|moderations|assistants|threads|vector_stores|uploads|realtime)\b/,
    'The server generates text; it stores and makes nothing else.',
  ],
  [/^\/v1\/messages\b/, "Anthropic's API is not served: use POST /v1/chat/completions."],
  [
    /^\/(completion|infill|generate|generate_stream|invocations)$/,
    'Use POST /v1/completions or POST /v1/chat/completions.',
  ],
];

/** What a client that asked for something that does not exist may have meant. `undefined` when that can't be told. */
export function adviceFor(method: string, path: string): string | undefined {
  const here = path.length > 1 ? path.replace(/\/+$/, '').replaceAll(/\/{2,}/g, '/') : path;
  const known = ENDPOINTS.get(here);
  if (known !== undefined && known !== method) return `Use ${known} ${here}.`;
  if (known !== undefined) return `The endpoint is ${known} ${here}.`;
  if (isOllama(here)) {
    return "Ollama's API is not served: use the OpenAI-compatible one, whose base URL ends with /v1.";
  }
  const advice = ELSEWHERE.find(([pattern]) => pattern.test(here))?.[1];
  if (advice !== undefined) return advice;
  const withVersion = nearest(`/v1${here}`);
  if (withVersion !== undefined) return `The base URL lacks /v1: use ${withVersion}.`;
  const withoutVersion = nearest(here.replace(/^(\/v1)+(?=\/)/, ''));
  if (withoutVersion !== undefined) return `Use ${withoutVersion}.`;
  const once = nearest(here.replace(/^(\/v1)+(?=\/v1\/)/, ''));
  if (once !== undefined) return `The base URL has /v1 twice: use ${once}.`;
  return undefined;
}

/** Whether a path is one of Ollama's API, whose clients expect `{ "error": "…" }`. */
export function isOllama(path: string): boolean {
  return /^\/api\/./.test(path);
}

function nearest(path: string): string | undefined {
  const model = /^\/v1\/models\/./.test(path) ? 'GET' : undefined;
  const method = ENDPOINTS.get(path) ?? model;
  return method === undefined ? undefined : `${method} ${path}`;
}
