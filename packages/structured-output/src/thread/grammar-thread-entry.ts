import { parentPort, workerData } from 'node:worker_threads';
import { GrammarHost, GrammarRefusedError } from './grammar-host.js';
import type { GrammarVocabulary, ThreadReply, ThreadRequest } from './protocol.js';

// The code of one thread: it answers one request after the other.
const host = GrammarHost.create(workerData as GrammarVocabulary);
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (request: ThreadRequest) => {
  last = last.then(() => answer(request));
});

function reply(message: ThreadReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

async function answer(request: ThreadRequest): Promise<void> {
  try {
    await perform(await host, request);
  } catch (error) {
    // Without an id nobody waits; a session that could not be opened says so at its first round.
    if (!('id' in request)) return;
    const message = error instanceof Error ? error.message : String(error);
    reply({
      kind: 'failed',
      id: request.id,
      cause: error instanceof GrammarRefusedError ? 'refused' : 'broken',
      message,
    });
  }
}

async function perform(grammars: GrammarHost, request: ThreadRequest): Promise<void> {
  switch (request.kind) {
    case 'compile':
      await grammars.compile(request.grammar, request.source);
      return reply({ kind: 'compiled', id: request.id, memory: process.memoryUsage().external });
    case 'forget':
      return grammars.forget(request.grammar);
    case 'open':
      return grammars.open(request.session, request.grammar);
    case 'round': {
      const answer = await grammars.round(request.session, request);
      return reply({ kind: 'round', id: request.id, ...answer }, [answer.masks.buffer as ArrayBuffer]);
    }
    case 'forced':
      reply({ kind: 'forced', id: request.id, text: grammars.forced(request.session, request.accepted) });
      return;
    case 'close':
      return grammars.close(request.session);
  }
}
