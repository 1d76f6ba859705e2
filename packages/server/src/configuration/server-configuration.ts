import { ARITHMETICS, DEFAULT_ARITHMETIC } from '@foretoken/core';
import {
  CONTROLLERS,
  DEFAULT_MODEL,
  DEVICES,
  DRAFT_MODES,
  type DraftMode,
  EXECUTORS,
  isDraftMode,
  KV_PRECISIONS,
  MAX_DEPTH,
} from '@foretoken/speculation';
import { z } from 'zod';
import { hashedKeys } from './api-key-hash.js';
import { oneOf, optional, toggle, wholeNumber, withDefault } from './setting-types.js';

// setTimeout takes no more.
const MOST_MILLISECONDS = 2 ** 31 - 1;
const MEBIBYTE = 2 ** 20;

const text = z.string().min(1);
const path = { schema: text, allowed: 'a path', placeholder: 'path' };
const positive = wholeNumber(1);
const milliseconds = wholeNumber(1, MOST_MILLISECONDS, 'ms');

const draft = {
  schema: z.custom<DraftMode>((value) => typeof value === 'string' && isDraftMode(value)),
  allowed: DRAFT_MODES,
  placeholder: 'mode',
};

const apiKeys = {
  schema: z
    .array(z.strictObject({ name: text.max(64), sha256: z.string().regex(/^[0-9a-f]{64}$/i) }).readonly())
    .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length)
    .readonly(),
  allowed: 'a list of { name, sha256 } with different names, or, as a flag or variable, keys without spaces',
  placeholder: 'key',
  fromTexts: hashedKeys,
  secret: true,
};

const names = {
  schema: z.array(text.max(512)).readonly(),
  allowed: 'a list of names of at most 512 characters',
  placeholder: 'name',
};

const origins = {
  schema: z.array(z.string().refine((origin) => origin === '*' || isOrigin(origin))).readonly(),
  allowed: 'origins such as https://chat.example.com, or *',
  placeholder: 'origin',
};

const hostNames = {
  schema: z.array(z.string().regex(/^[a-z0-9._-]+$|^\[[0-9a-f:]+\]$/i)).readonly(),
  allowed: 'host names without a port',
  placeholder: 'name',
};

/**
 * All settings of a server, with their defaults. Types, checks, flags, help and docs are derived from this description.
 */
export const configurationSchema = z
  .strictObject({
    model: withDefault(
      { schema: text, allowed: 'a registered name, a Hugging Face id, or a path', placeholder: 'reference' },
      DEFAULT_MODEL,
      'Registered name, Hugging Face id, or path.',
    ),
    aliases: withDefault(names, [], 'Further names of the model that requests may use (repeatable).', {
      flag: 'alias',
      environment: 'FORETOKEN_ALIASES',
      defaultText: 'none',
    }),
    anyModel: toggle(false, 'Whether requests may use any model name, for clients with a hard-coded name.'),
    host: withDefault(
      { schema: text, allowed: 'an address or host name', placeholder: 'address' },
      '127.0.0.1',
      'Address to listen on.',
    ),
    port: withDefault(wholeNumber(0, 65_535), 8080, 'Port to listen on; 0 takes a free one.'),
    engine: z
      .strictObject({
        device: withDefault(oneOf(DEVICES, 'device'), 'auto', 'Where the model runs.'),
        executor: optional(oneOf(EXECUTORS), 'Which executor runs the model.', {
          defaultText: 'the fastest that is available',
        }),
        arithmetic: optional(
          oneOf(ARITHMETICS),
          'Arithmetic of matrix products: `exact` with float32 activations, or `integer` with activations rounded to 8 bits.',
          { defaultText: DEFAULT_ARITHMETIC },
        ),
        kvPrecision: withDefault(
          oneOf(KV_PRECISIONS),
          'float32',
          'Number format of the KV cache: `float16` takes half the memory and needs the executor `fused`.',
        ),
        contextLength: optional(wholeNumber(16), 'Tokens of prompt and answer together.', {
          defaultText: "the model's own, at most 8192",
        }),
        engines: withDefault(wholeNumber(1, 64), 1, 'Engine processes.'),
        sequences: withDefault(wholeNumber(1, 256), 8, 'Requests decoded at a time by one engine.'),
        kvTokens: optional(
          positive,
          'Tokens that the running requests of one engine may hold in the KV cache together.',
          { defaultText: 'sequences x context, at most 32768' },
        ),
        maxQueue: withDefault(
          wholeNumber(0, 100_000),
          64,
          'Requests of one engine that may wait; more are refused with 503.',
        ),
        draft: withDefault(draft, 'auto', `How guesses are made: ${DRAFT_MODES}.`),
        controller: withDefault(oneOf(CONTROLLERS), 'auto', 'Which controller decides how far to guess.'),
        depth: optional(wholeNumber(1, MAX_DEPTH, 'k'), 'Longest run of tokens guessed in a round.', {
          defaultText: 'what the controller finds best',
        }),
        minimumConfidence: optional(
          { schema: z.number().min(0).max(1), allowed: 'a number from 0 to 1', placeholder: 'p' },
          'Guesses less likely to be accepted than this are left out.',
          { flag: 'min-confidence', defaultText: 'none' },
        ),
        watchdog: withDefault(
          milliseconds,
          30_000,
          'Milliseconds without a heartbeat after which an engine is killed and restarted.',
        ),
        cacheDirectory: optional(path, 'Where models and the TensorFlow runtime are kept.', {
          environment: 'FORETOKEN_CACHE',
          defaultText: "the user's cache",
        }),
        allowDownload: toggle(true, 'Whether files that are missing in the cache may be downloaded.', {
          flag: 'no-download',
          environment: 'FORETOKEN_ALLOW_DOWNLOAD',
        }),
      })
      .readonly()
      .prefault({}),
    security: z
      .strictObject({
        apiKeys: withDefault(
          apiKeys,
          [],
          'Keys that clients may use. A flag (repeatable) and the variable (separated by commas) take the keys themselves, a file only their SHA-256 (`foretoken hash-key`).',
          { flag: 'api-key', environment: 'FORETOKEN_API_KEYS', defaultText: 'none: no key is asked for' },
        ),
        requestsPerMinute: optional(positive, 'Requests per minute of one key (of one address without keys).', {
          defaultText: 'no limit',
        }),
        concurrency: optional(positive, 'Concurrent requests of one key (of one address without keys).', {
          defaultText: 'no limit',
        }),
        bodyLimit: withDefault(
          wholeNumber(1024, 1024 * MEBIBYTE, 'bytes'),
          4 * MEBIBYTE,
          'Largest request body in bytes.',
        ),
        corsOrigins: withDefault(origins, [], 'Origins whose pages may call the server (repeatable).', {
          flag: 'cors-origin',
          environment: 'FORETOKEN_CORS_ORIGINS',
          defaultText: 'none',
        }),
        allowedHosts: withDefault(
          hostNames,
          [],
          'Host names that requests may use (repeatable); loopback names are always allowed.',
          {
            flag: 'allowed-host',
            environment: 'FORETOKEN_ALLOWED_HOSTS',
            defaultText: 'loopback names on loopback, else any',
          },
        ),
        trustedProxies: withDefault(wholeNumber(0, 16), 0, 'Proxies in front that append to `X-Forwarded-For`.'),
        shareDrafts: toggle(
          false,
          'Whether drafters may learn from texts of other keys; guesses can then reveal these texts.',
        ),
        sharePrefixes: toggle(
          false,
          'Whether KV entries of prompts are shared between keys; `cached_tokens` can then reveal what others sent.',
        ),
        openMetrics: toggle(false, 'Whether /metrics needs no key.'),
        allowAnonymous: toggle(
          false,
          'Whether the server may listen on addresses other than loopback without any key.',
        ),
      })
      .readonly()
      .prefault({}),
    requests: z
      .strictObject({
        deadline: withDefault(milliseconds, 600_000, 'Milliseconds that a request may take.'),
        maxTokens: optional(positive, 'Most tokens of an answer if the request has no limit.', {
          defaultText: 'the rest of the context',
        }),
      })
      .readonly()
      .prefault({}),
    logging: z
      .strictObject({
        level: withDefault(
          oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'level'),
          'info',
          'Lowest level that is logged.',
          { flag: 'log-level' },
        ),
        prompts: toggle(false, 'Whether prompts and answers are logged.', { flag: 'log-prompts' }),
      })
      .readonly()
      .prefault({}),
    shutdownDeadline: withDefault(
      milliseconds,
      30_000,
      'Milliseconds that the server waits for running requests at shutdown.',
    ),
    dashboard: toggle(true, 'Whether the page at `/` is served.', {
      flag: 'no-dashboard',
      environment: 'FORETOKEN_DASHBOARD',
    }),
    tracingEndpoint: optional(
      { schema: z.url({ protocol: /^https?$/ }), allowed: 'an http or https URL', placeholder: 'url' },
      'Where traces go: an OTLP/HTTP endpoint. `OTEL_EXPORTER_OTLP_ENDPOINT` works too.',
      { defaultText: 'none' },
    ),
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
