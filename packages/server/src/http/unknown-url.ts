import { ENDPOINTS } from './endpoints.js';

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
  const known = endpointAt(here);
  if (known !== undefined) return known.startsWith(`${method} `) ? `The endpoint is ${known}.` : `Use ${known}.`;
  if (isOllama(here)) {
    return "Ollama's API is not served: use the OpenAI-compatible one, whose base URL ends with /v1.";
  }
  const advice = ELSEWHERE.find(([pattern]) => pattern.test(here))?.[1];
  if (advice !== undefined) return advice;
  const withVersion = endpointAt(`/v1${here}`);
  if (withVersion !== undefined) return `The base URL lacks /v1: use ${withVersion}.`;
  const withoutVersion = endpointAt(here.replace(/^(\/v1)+(?=\/)/, ''));
  if (withoutVersion !== undefined) return `Use ${withoutVersion}.`;
  const once = endpointAt(here.replace(/^(\/v1)+(?=\/v1\/)/, ''));
  if (once !== undefined) return `The base URL has /v1 twice: use ${once}.`;
  return undefined;
}

/** Whether a path is one of Ollama's API, whose clients expect `{ "error": "…" }`. */
export function isOllama(path: string): boolean {
  return /^\/api\/./.test(path);
}

/** The endpoint of a path, `GET /v1/models`. */
function endpointAt(path: string): string | undefined {
  const endpoint = ENDPOINTS.get(/^\/v1\/models\/./.test(path) ? '/v1/models/{id}' : path);
  return endpoint && `${endpoint.method} ${path}`;
}
