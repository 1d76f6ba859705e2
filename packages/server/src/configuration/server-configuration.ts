import type { ControllerName, DraftMode } from '../speculation/index.js';

/** Everything a server can be told. From a file, the environment and flags, in rising precedence. */
export interface ServerConfiguration {
  /** Registered name, Hugging Face id, or path. @default 'smollm2-135m-instruct' */
  readonly model: string;
  /** Address to listen on. @default '127.0.0.1' */
  readonly host: string;
  /** @default 8080 */
  readonly port: number;
  readonly engine: {
    /** @default 'auto' */
    readonly device: 'auto' | 'cuda' | 'cpu' | 'wasm' | 'js';
    /** @default the first that can be had */
    readonly executor?: 'fused' | 'graph' | 'eager';
    /** Tokens of prompt and answer together. @default the model's own, at most 8192 */
    readonly contextLength?: number;
    /** Engine processes. @default 1 */
    readonly engines: number;
    /** Requests decoded at a time by one engine. @default 8 */
    readonly sequences: number;
    /** Tokens that the running requests of one engine may have in the KV cache together. @default sequences x context, at most 32768 */
    readonly kvTokens?: number;
    /** Requests of one engine that may wait. @default 64 */
    readonly maxQueue: number;
    /** How guesses are made. @default 'auto' */
    readonly draft: DraftMode;
    /** @default 'cost-aware' */
    readonly controller: ControllerName;
    readonly depth?: number;
    readonly minimumConfidence?: number;
    /** Milliseconds without a sign of life after which an engine is killed and started again. @default 30000 */
    readonly watchdog: number;
    readonly cacheDirectory?: string;
    /** Whether what is missing in the cache may be fetched. @default true */
    readonly allowDownload: boolean;
  };
  readonly security: {
    /** SHA-256 of each key, in hexadecimal, with a name for logs. None: no key is asked for. @default [] */
    readonly apiKeys: readonly { readonly name: string; readonly sha256: string }[];
    /** Requests a minute of one key (of one address without keys). @default no limit */
    readonly requestsPerMinute?: number;
    /** Requests at a time of one key (of one address without keys). @default no limit */
    readonly concurrency?: number;
    /** Largest request body in bytes. @default 4 MiB */
    readonly bodyLimit: number;
    /** Origins that browsers may call from. @default [] */
    readonly corsOrigins: readonly string[];
    /** Names besides loopback ones that the server answers for on loopback; on another address, the only ones. @default [] */
    readonly allowedHosts: readonly string[];
    /** Proxies in front that append to `X-Forwarded-For`. @default 0 */
    readonly trustedProxies: number;
    /** Whether /metrics needs no key. @default false */
    readonly openMetrics: boolean;
    /** Whether an address other than loopback may be listened on without any key. @default false */
    readonly allowAnonymous: boolean;
  };
  readonly requests: {
    /** Milliseconds that a request may take. @default 600000 */
    readonly deadline: number;
    /** Most tokens of an answer that names no limit. @default what the context holds */
    readonly maxTokens?: number;
  };
  readonly logging: {
    /** @default 'info' */
    readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
    /** Whether logs may hold prompts and answers. @default false */
    readonly prompts: boolean;
  };
  /** Milliseconds that running requests get to end at shutdown. @default 30000 */
  readonly shutdownDeadline: number;
  /** Whether the page at `/` is served. @default true */
  readonly dashboard: boolean;
  /** Where traces go: an OTLP/HTTP endpoint. @default none */
  readonly tracingEndpoint?: string;
}
