import { createServer, type RunningServer, type ServerConfiguration } from '@foretoken/server';
import { completeConfiguration } from '@foretoken/server/configuration';
import OpenAI from 'openai';
import { testConfiguration } from './configuration.js';

/** The real model behind a running server, its engine in a process of its own, and the official client. */
export interface ServedModel {
  readonly server: RunningServer;
  readonly client: OpenAI;
}

export const MODEL = 'smollm2-135m-instruct';

/** What a small model answers with integer products depends on the instruction set, wherever two tokens are about as likely. */
const EXACT = completeConfiguration({ engine: { arithmetic: 'exact' } }).engine;

export async function serveModel(
  changes: Partial<ServerConfiguration> = {},
  apiKey = 'none is asked for',
): Promise<ServedModel> {
  const server = await createServer(testConfiguration({ model: MODEL, engine: EXACT, ...changes }));
  await server.ready;
  return { server, client: new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 }) };
}

/** All that a stream gives. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
