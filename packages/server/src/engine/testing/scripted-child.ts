import { NO_TOTALS } from '@foretoken/core';
import type { EngineEnd } from '../errors.js';
import type { LaunchEngine, LaunchListener } from '../launch-engine.js';
import { type EngineReport, type FromEngine, MESSAGES_VERSION, type ToEngine } from '../process-messages.js';
import type { EngineDescription } from '../text-engine.js';

export const DESCRIPTION: EngineDescription = {
  model: 'scripted',
  contextLength: 64,
  vocabularySize: 100,
  device: 'cpu',
  executor: 'fused',
  arithmetic: 'exact',
  draft: 'auto',
  controller: 'fixed',
  sequences: 2,
};

/** What an engine says about itself that has finished so many requests and runs so many. */
export function report(finished: number, running = 0): EngineReport {
  const counted = { rounds: finished, acceptedPerDepth: [finished], plans: { standard: finished } };
  const totals = { ...NO_TOTALS, ...counted, submitted: finished + running, finished };
  return {
    residentBytes: 1000,
    statistics: { running, waiting: 0, kvTokens: 0, kvCapacity: 50, totals },
  };
}

/** The processes of an engine, as a test plays them. */
export class ScriptedChildren {
  readonly children: { readonly received: ToEngine[]; readonly listener: LaunchListener; killed: boolean }[] = [];

  readonly launch: LaunchEngine = (listener) => {
    const child = { received: [] as ToEngine[], listener, killed: false };
    this.children.push(child);
    return {
      processId: this.children.length,
      send: (message) => void child.received.push(message),
      kill: () => {
        if (child.killed) return;
        child.killed = true;
        listener.onEnd({ kind: 'exit', code: null, signal: 'SIGKILL' });
      },
    };
  };

  /** Messages that the newest was sent. */
  get received(): readonly ToEngine[] {
    return this.children.at(-1)?.received ?? [];
  }

  /** What the newest sends. */
  say(message: FromEngine | { readonly kind: string }): void {
    this.children.at(-1)?.listener.onMessage(message);
  }

  /** The newest gets on. */
  beat(): void {
    this.children.at(-1)?.listener.onHeartbeat();
  }

  ready(about: EngineReport = report(0)): void {
    this.say({ kind: 'ready', version: MESSAGES_VERSION, description: DESCRIPTION, report: about });
  }

  die(end: EngineEnd = { kind: 'exit', code: 1, signal: null }): void {
    this.children.at(-1)?.listener.onEnd(end);
  }
}
