import type { Agent } from 'node:http';
import { withoutUndefined } from '@foretoken/core';
import { WARM_UP } from '../prompts/warm-up.js';
import { chatBody, streamChat } from './stream-chat.js';

/** Which server to warm up, and how far. */
export interface WarmUpOptions {
  readonly url: string;
  /** Answers at a time. */
  readonly streams: number;
  /** Connections to ask on. @default one for each stream */
  readonly agent?: Agent;
}

/** Tokens of an answer that warms a server up. */
const TOKENS = 16;

/** Has a server give short answers before any is measured, so that what the first forwards allocate is there. */
export async function warmUpServer({ url, streams, agent }: WarmUpOptions): Promise<void> {
  const body = chatBody(WARM_UP, TOKENS);
  await Promise.all(Array.from({ length: streams }, () => streamChat({ url, body, ...withoutUndefined({ agent }) })));
}
