import { parentPort, workerData } from 'node:worker_threads';
import { loadModelText, type ModelText } from '@foretoken/backend';
import { ForetokenError } from '@foretoken/core';
import type { TextSource, ThreadReply } from './protocol.js';
import { perform, type TextTask } from './text-task.js';

// The code of the thread: it answers one request after the other.
const { model, cacheDirectory } = workerData as TextSource;
const loaded = loadModelText(model, {
  allowDownload: false,
  ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
});
parentPort?.on('message', async (task: TextTask) => {
  const reply = answer(task, await loaded);
  const isTokens = reply.kind === 'done' && typeof reply.result !== 'string';
  parentPort?.postMessage(reply, isTokens ? [reply.result.buffer as ArrayBuffer] : []);
});

function answer(task: TextTask, text: ModelText): ThreadReply {
  try {
    return { kind: 'done', result: perform(task, text) };
  } catch (error) {
    if (!(error instanceof ForetokenError)) throw error;
    const { name, message, code, details } = error;
    return { kind: 'failed', name, message, code, details };
  }
}
