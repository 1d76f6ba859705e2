import type { ChatMessage } from '@foretoken/core/text';
import { WorkerProcess } from '../workers/worker-process.js';
import type { EngineAnswer, EngineReply, EngineRequest } from './engine-messages.js';

type Loading = Omit<Extract<EngineRequest, { kind: 'load' }>, 'kind'>;
type Loaded = Extract<EngineReply, { kind: 'loaded' | 'absent' }>;

/** An engine in a process of its own. Every method rejects with the reason when the process fails or dies. */
export class EngineProcess {
  readonly #worker: WorkerProcess<EngineRequest, EngineReply>;

  /** `script`: path of the engine's built worker. `threads`: how many compute. */
  constructor(script: string, threads: number) {
    // foretoken's operators and TensorFlow read theirs from the environment, once.
    this.#worker = new WorkerProcess(script, {
      FORETOKEN_THREADS: String(threads),
      TF_NUM_INTRAOP_THREADS: String(threads),
    });
  }

  async load(options: Loading): Promise<Loaded> {
    const reply = await this.#worker.ask({ kind: 'load', ...options });
    if (reply.kind === 'loaded' || reply.kind === 'absent') return reply;
    throw unexpected('load', reply);
  }

  async encode(messages: readonly ChatMessage[]): Promise<readonly number[]> {
    const reply = await this.#worker.ask({ kind: 'encode', messages });
    if (reply.kind === 'encoded') return reply.tokens;
    throw unexpected('encode', reply);
  }

  async answer(task: Omit<Extract<EngineRequest, { kind: 'answer' }>, 'kind'>): Promise<EngineAnswer> {
    const reply = await this.#worker.ask({ kind: 'answer', ...task });
    if (reply.kind !== 'answered') throw unexpected('answer', reply);
    const { kind: _, ...answer } = reply;
    return answer;
  }

  /** Ends the process; resolves when it is gone. */
  close(): Promise<void> {
    return this.#worker.close();
  }
}

function unexpected(request: EngineRequest['kind'], reply: EngineReply): Error {
  return new Error(`The engine's process was asked to ${request} and answered "${reply.kind}".`);
}
