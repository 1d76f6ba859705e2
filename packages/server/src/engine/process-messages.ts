import type { EngineSettings } from './engine-settings.js';
import type { ErrorData } from './error-data.js';
import type { EngineDescription, EngineProcessSnapshot, TextEvent, TextRequest } from './text-engine.js';

/** Raised with every change of the messages, so that parts of two installations do not talk past each other. */
export const MESSAGES_VERSION = 4;

/**
 * Events of one request that may be on their way or unread: some seconds of text. Beyond that its generation pauses, and
 * nobody else's.
 */
export const CREDIT = 32;

/** File descriptor in the engine's process on which its heartbeat goes out: bytes without a meaning. */
export const HEARTBEAT_DESCRIPTOR = 4;

/** What the engine's process is told. `request` numbers are the parent's and never used twice in one process. */
export type ToEngine =
  | { readonly kind: 'start'; readonly version: number; readonly settings: EngineSettings }
  | { readonly kind: 'submit'; readonly request: number; readonly text: TextRequest }
  /** So many events of the request were read. */
  | { readonly kind: 'read'; readonly request: number; readonly events: number }
  | { readonly kind: 'abort'; readonly request: number }
  /** End what runs, then the process. */
  | { readonly kind: 'close' };

/** What an engine's process knows about itself. */
export type EngineReport = Pick<EngineProcessSnapshot, 'statistics' | 'residentBytes'>;

/** What the engine's process tells. */
export type FromEngine =
  | { readonly kind: 'loading'; readonly step: string }
  | {
      readonly kind: 'ready';
      readonly version: number;
      readonly description: EngineDescription;
      readonly report: EngineReport;
    }
  /** It can't be started; the process ends. */
  | { readonly kind: 'failed'; readonly error: ErrorData }
  | { readonly kind: 'alive'; readonly report: EngineReport }
  /** The event `finish` is the request's last. */
  | { readonly kind: 'event'; readonly request: number; readonly event: TextEvent }
  /** The request has failed: nothing more comes of it. */
  | { readonly kind: 'error'; readonly request: number; readonly error: ErrorData };

/** Whether a first message is one that this version of the engine's process understands. */
export function isStart(message: unknown): message is Extract<ToEngine, { kind: 'start' }> {
  if (typeof message !== 'object' || message === null) return false;
  if (!('kind' in message && 'version' in message && 'settings' in message)) return false;
  const { kind, version, settings } = message;
  return kind === 'start' && version === MESSAGES_VERSION && typeof settings === 'object' && settings !== null;
}

/** Whether a message has a form that comes from an engine's process at all. */
export function isFromEngine(message: unknown): message is FromEngine {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  if (message.kind === 'ready') return 'version' in message && message.version === MESSAGES_VERSION;
  return ['loading', 'failed', 'alive', 'event', 'error'].some((kind) => kind === message.kind);
}
