import { parentPort, workerData } from 'node:worker_threads';
import { loadModelText, type ModelText } from '@foretoken/backend';
import { ForetokenError } from '@foretoken/core';
import type { TextSource, ThreadReply, ThreadRequest } from './protocol.js';
import { stringOf, tokensOf } from './text-task.js';

// The code of the thread: it answers one request after the other.
const { model, cacheDirectory } = workerData as TextSource;
const loaded = loadModelText(model, {
  allowDownload: false,
  ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
});
parentPort?.on('message', async (request: ThreadRequest) => {
  const reply = answer(request, await loaded);
  parentPort?.postMessage(reply, reply.kind === 'tokens' ? [reply.tokens.buffer as ArrayBuffer] : []);
});

function answer(request: ThreadRequest, text: ModelText): ThreadReply {
  try {
    if (request.kind === 'encode' || request.kind === 'conversation') {
      return { kind: 'tokens', tokens: tokensOf(request, text) };
    }
    return { kind: 'string', string: stringOf(request, text) };
  } catch (error) {
    if (!(error instanceof ForetokenError)) throw error;
    const { name, message, code, details } = error;
    return { kind: 'failed', name, message, code, details };
  }
}
