import { ARITHMETICS, DEFAULT_ARITHMETIC } from '@foretoken/core';
import {
  CONTROLLERS,
  DEFAULT_MODEL,
  DEVICES,
  DRAFT_MODES,
  type DraftMode,
  EXECUTORS,
  KV_PRECISIONS,
  MAX_DEPTH,
  parseDraftMode,
} from '@foretoken/speculation';
import { z } from 'zod';
import { hashedKeys } from './plain-api-keys.js';
import { oneOf, optional, toggle, wholeNumber, withDefault } from './setting-types.js';

// setTimeout takes no more.
const MOST_MILLISECONDS = 2 ** 31 - 1;
const MEBIBYTE = 2 ** 20;

const text = z.string().min(1);
const port = wholeNumber({ minimum: 0, maximum: 65_535 });
const milliseconds = wholeNumber({ minimum: 1, maximum: MOST_MILLISECONDS });
const positive = wholeNumber({ minimum: 1 });
const device = oneOf(DEVICES);
const executor = oneOf(EXECUTORS);
const arithmetic = oneOf(ARITHMETICS);
const kvPrecision = oneOf(KV_PRECISIONS);
const engines = wholeNumber({ minimum: 1, maximum: 64 });
const sequences = wholeNumber({ minimum: 1, maximum: 256 });
const queue = wholeNumber({ minimum: 0, maximum: 100_000 });
const controller = oneOf(CONTROLLERS);
const depth = wholeNumber({ minimum: 1, maximum: MAX_DEPTH });
const proxies = wholeNumber({ minimum: 0, maximum: 16 });
const bodyBytes = wholeNumber({ minimum: 1024, maximum: 1024 * MEBIBYTE });
const level = oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

const draft = z.custom<DraftMode>((value) => {
  if (typeof value !== 'string') return false;
  try {
    parseDraftMode(value);
    return true;
  } catch {
    return false;
  }
});

const apiKeys = z
  .array(z.strictObject({ name: text.max(64), sha256: z.string().regex(/^[0-9a-f]{64}$/i) }).readonly())
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length)
  .readonly();

const origins = z.array(z.string().refine((origin) => origin === '*' || isOrigin(origin))).readonly();
const hostNames = z.array(z.string().regex(/^[a-z0-9._-]+$|^\[[0-9a-f:]+\]$/i)).readonly();

/**
 * All settings of a server, with their defaults. Types, checks, flags, help and docs are derived from this description.
 */
export const configurationSchema = z
  .strictObject({
    model: withDefault(text, DEFAULT_MODEL, {
      ...{ flag: 'model', placeholder: 'reference', allowed: 'a registered name, a Hugging Face id, or a path' },
      meaning: 'Registered name, Hugging Face id, or path.',
    }),
    aliases: withDefault(z.array(text.max(512)).readonly(), [], {
      ...{ flag: 'alias', placeholder: 'name', environment: 'FORETOKEN_ALIASES' },
      ...{ allowed: 'a list of names of at most 512 characters', defaultText: 'none' },
      meaning: 'Further names of the model that requests may use (repeatable).',
    }),
    anyModel: toggle(false, {
      flag: 'any-model',
      meaning: 'Whether requests may use any model name, for clients with a hard-coded name.',
    }),
    host: withDefault(text, '127.0.0.1', {
      ...{ flag: 'host', placeholder: 'address', allowed: 'an address or host name' },
      meaning: 'Address to listen on.',
    }),
    port: withDefault(port.schema, 8080, {
      ...{ flag: 'port', placeholder: 'n', allowed: port.allowed },
      meaning: 'Port to listen on; 0 takes a free one.',
    }),
    engine: z
      .strictObject({
        device: withDefault(device.schema, 'auto', {
          ...{ flag: 'device', placeholder: 'device', allowed: device.allowed },
          meaning: 'Where the model runs.',
        }),
        executor: optional(executor.schema, {
          ...{ flag: 'executor', placeholder: 'name', allowed: executor.allowed },
          ...{ meaning: 'Which executor runs the model.', defaultText: 'the fastest that is available' },
        }),
        arithmetic: optional(arithmetic.schema, {
          ...{ flag: 'arithmetic', placeholder: 'name', allowed: arithmetic.allowed },
          meaning:
            'Arithmetic of matrix products: `exact` with float32 activations, or `integer` with activations rounded to 8 bits.',
          defaultText: DEFAULT_ARITHMETIC,
        }),
        kvPrecision: withDefault(kvPrecision.schema, 'float32', {
          ...{ flag: 'kv-precision', placeholder: 'name', allowed: kvPrecision.allowed },
          meaning: 'Number format of the KV cache: `float16` takes half the memory and needs the executor `fused`.',
        }),
        contextLength: optional(wholeNumber({ minimum: 16 }).schema, {
          ...{ flag: 'context-length', placeholder: 'n', allowed: wholeNumber({ minimum: 16 }).allowed },
          ...{ meaning: 'Tokens of prompt and answer together.', defaultText: "the model's own, at most 8192" },
        }),
        engines: withDefault(engines.schema, 1, {
          ...{ flag: 'engines', placeholder: 'n', allowed: engines.allowed },
          meaning: 'Engine processes.',
        }),
        sequences: withDefault(sequences.schema, 8, {
          ...{ flag: 'sequences', placeholder: 'n', allowed: sequences.allowed },
          meaning: 'Requests decoded at a time by one engine.',
        }),
        kvTokens: optional(positive.schema, {
          ...{ flag: 'kv-tokens', placeholder: 'n', allowed: positive.allowed },
          meaning: 'Tokens that the running requests of one engine may hold in the KV cache together.',
          defaultText: 'sequences x context, at most 32768',
        }),
        maxQueue: withDefault(queue.schema, 64, {
          ...{ flag: 'max-queue', placeholder: 'n', allowed: queue.allowed },
          meaning: 'Requests of one engine that may wait; more are refused with 503.',
        }),
        draft: withDefault(draft, 'auto', {
          ...{ flag: 'draft', placeholder: 'mode', allowed: DRAFT_MODES },
          meaning: `How guesses are made: ${DRAFT_MODES}.`,
        }),
        controller: withDefault(controller.schema, 'auto', {
          ...{ flag: 'controller', placeholder: 'name', allowed: controller.allowed },
          meaning: 'Which controller decides how far to guess.',
        }),
        depth: optional(depth.schema, {
          ...{ flag: 'depth', placeholder: 'k', allowed: depth.allowed },
          meaning: 'Longest run of tokens guessed in a round.',
          defaultText: 'what the controller finds best',
        }),
        minimumConfidence: optional(z.number().min(0).max(1), {
          ...{ flag: 'min-confidence', placeholder: 'p', allowed: 'a number from 0 to 1' },
          ...{ meaning: 'Guesses less likely to be accepted than this are left out.', defaultText: 'none' },
        }),
        watchdog: withDefault(milliseconds.schema, 30_000, {
          ...{ flag: 'watchdog', placeholder: 'ms', allowed: milliseconds.allowed },
          meaning: 'Milliseconds without a heartbeat after which an engine is killed and restarted.',
        }),
        cacheDirectory: optional(text, {
          ...{ flag: 'cache-directory', placeholder: 'path', allowed: 'a path', environment: 'FORETOKEN_CACHE' },
          ...{ meaning: 'Where models and the TensorFlow runtime are kept.', defaultText: "the user's cache" },
        }),
        allowDownload: toggle(true, {
          ...{ flag: 'no-download', environment: 'FORETOKEN_ALLOW_DOWNLOAD' },
          meaning: 'Whether files that are missing in the cache may be downloaded.',
        }),
      })
      .readonly()
      .prefault({}),
    security: z
      .strictObject({
        apiKeys: withDefault(apiKeys, [], {
          ...{ flag: 'api-key', placeholder: 'key', environment: 'FORETOKEN_API_KEYS' },
          ...{ secret: true, fromTexts: hashedKeys, defaultText: 'none: no key is asked for' },
          allowed: 'a list of { name, sha256 } with different names, or, as a flag or variable, keys without spaces',
          meaning:
            'Keys that clients may use. A flag (repeatable) and the variable (separated by commas) take the keys themselves, a file only their SHA-256 (`foretoken hash-key`).',
        }),
        requestsPerMinute: optional(positive.schema, {
          ...{ flag: 'requests-per-minute', placeholder: 'n', allowed: positive.allowed },
          ...{ meaning: 'Requests per minute of one key (of one address without keys).', defaultText: 'no limit' },
        }),
        concurrency: optional(positive.schema, {
          ...{ flag: 'concurrency', placeholder: 'n', allowed: positive.allowed },
          ...{ meaning: 'Concurrent requests of one key (of one address without keys).', defaultText: 'no limit' },
        }),
        bodyLimit: withDefault(bodyBytes.schema, 4 * MEBIBYTE, {
          ...{ flag: 'body-limit', placeholder: 'bytes', allowed: bodyBytes.allowed },
          meaning: 'Largest request body in bytes.',
        }),
        corsOrigins: withDefault(origins, [], {
          ...{ flag: 'cors-origin', placeholder: 'origin', environment: 'FORETOKEN_CORS_ORIGINS' },
          ...{ allowed: 'origins such as https://chat.example.com, or *', defaultText: 'none' },
          meaning: 'Origins whose pages may call the server (repeatable).',
        }),
        allowedHosts: withDefault(hostNames, [], {
          ...{ flag: 'allowed-host', placeholder: 'name', environment: 'FORETOKEN_ALLOWED_HOSTS' },
          ...{ allowed: 'host names without a port', defaultText: 'loopback names on loopback, else any' },
          meaning: 'Host names that requests may use (repeatable); loopback names are always allowed.',
        }),
        trustedProxies: withDefault(proxies.schema, 0, {
          ...{ flag: 'trusted-proxies', placeholder: 'n', allowed: proxies.allowed },
          meaning: 'Proxies in front that append to `X-Forwarded-For`.',
        }),
        shareDrafts: toggle(false, {
          flag: 'share-drafts',
          meaning: 'Whether drafters may learn from texts of other keys; guesses can then reveal these texts.',
        }),
        sharePrefixes: toggle(false, {
          flag: 'share-prefixes',
          meaning:
            'Whether KV entries of prompts are shared between keys; `cached_tokens` can then reveal what others sent.',
        }),
        openMetrics: toggle(false, { flag: 'open-metrics', meaning: 'Whether /metrics needs no key.' }),
        allowAnonymous: toggle(false, {
          flag: 'allow-anonymous',
          meaning: 'Whether the server may listen on addresses other than loopback without any key.',
        }),
      })
      .readonly()
      .prefault({}),
    requests: z
      .strictObject({
        deadline: withDefault(milliseconds.schema, 600_000, {
          ...{ flag: 'deadline', placeholder: 'ms', allowed: milliseconds.allowed },
          meaning: 'Milliseconds that a request may take.',
        }),
        maxTokens: optional(positive.schema, {
          ...{ flag: 'max-tokens', placeholder: 'n', allowed: positive.allowed },
          meaning: 'Most tokens of an answer if the request has no limit.',
          defaultText: 'the rest of the context',
        }),
      })
      .readonly()
      .prefault({}),
    logging: z
      .strictObject({
        level: withDefault(level.schema, 'info', {
          ...{ flag: 'log-level', placeholder: 'level', allowed: level.allowed },
          meaning: 'Lowest level that is logged.',
        }),
        prompts: toggle(false, { flag: 'log-prompts', meaning: 'Whether prompts and answers are logged.' }),
      })
      .readonly()
      .prefault({}),
    shutdownDeadline: withDefault(milliseconds.schema, 30_000, {
      ...{ flag: 'shutdown-deadline', placeholder: 'ms', allowed: milliseconds.allowed },
      meaning: 'Milliseconds that the server waits for running requests at shutdown.',
    }),
    dashboard: toggle(true, {
      ...{ flag: 'no-dashboard', environment: 'FORETOKEN_DASHBOARD' },
      meaning: 'Whether the page at `/` is served.',
    }),
    tracingEndpoint: optional(z.url({ protocol: /^https?$/ }), {
      ...{ flag: 'tracing-endpoint', placeholder: 'url', allowed: 'an http or https URL' },
      meaning: 'Where traces go: an OTLP/HTTP endpoint. `OTEL_EXPORTER_OTLP_ENDPOINT` works too.',
      defaultText: 'none',
    }),
  })
  .readonly();

/** All settings of a server, from a file, the environment and flags, in increasing precedence. */
export type ServerConfiguration = z.output<typeof configurationSchema>;

/** The content of a configuration file: any of the settings. */
export type ServerConfigurationInput = z.input<typeof configurationSchema>;

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}
