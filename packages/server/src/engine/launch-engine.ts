import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { builtFile } from '../built-file.js';
import { type EngineEnd, EngineProgramMissingError } from './errors.js';
import { HEARTBEAT_DESCRIPTOR, type ToEngine } from './process-messages.js';

/** A process that was started for an engine. */
export interface LaunchedEngine {
  readonly processId: number | undefined;
  /** Sends a message; to a process that has ended it does nothing. */
  send(message: ToEngine): void;
  /** Ends the process at once, whatever it does. */
  kill(): void;
}

/** What becomes of a launched process. */
export interface LaunchListener {
  onMessage(message: unknown): void;
  /** The process gets on, though it may have no time for messages. */
  onHeartbeat(): void;
  /** Called once, after the last message. */
  onEnd(end: EngineEnd): void;
}

export type LaunchEngine = (listener: LaunchListener) => LaunchedEngine;

export type EngineLog = (line: { readonly stream: 'stdout' | 'stderr'; readonly text: string }) => void;

/** Longer lines are cut: somebody who prints a whole file must not fill the log. */
const LONGEST_LINE = 4096;

/**
 * Gives what starts the program of the engine's process, which the build puts beside the server's.
 *
 * @throws {EngineProgramMissingError} it is not there.
 */
export function engineLauncher(options: {
  /** The process has only this environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onLog: EngineLog;
}): LaunchEngine {
  const program = builtFile('engine-main.js');
  if (!existsSync(program)) throw new EngineProgramMissingError(program);
  return (listener) => {
    const child = fork(program, [], {
      serialization: 'advanced',
      // The last one is HEARTBEAT_DESCRIPTOR.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      env: options.environment,
      // The arguments of this process (a debugger, a loader of sources) are none of the engine's; NODE_OPTIONS is for both.
      execArgv: [],
    });
    readLines(child.stdout, (text) => options.onLog({ stream: 'stdout', text }));
    readLines(child.stderr, (text) => options.onLog({ stream: 'stderr', text }));
    return listenTo(child, listener);
  };
}

function listenTo(child: ChildProcess, listener: LaunchListener): LaunchedEngine {
  let ended = false;
  const end = (how: EngineEnd): void => {
    if (ended) return;
    ended = true;
    listener.onEnd(how);
  };
  child.on('message', (message) => listener.onMessage(message));
  child.stdio[HEARTBEAT_DESCRIPTOR]?.on('data', () => listener.onHeartbeat());
  // A process that ends closes its side as it likes; its end is heard of below.
  child.stdio[HEARTBEAT_DESCRIPTOR]?.on('error', () => {});
  child.on('exit', (code, signal) => {
    // What it sent before its end may still be in the channel.
    if (!child.connected) end({ kind: 'exit', code, signal });
    else child.once('disconnect', () => end({ kind: 'exit', code, signal }));
  });
  // Of a process that could not be started there is no exit; an error of the channel is followed by one.
  child.on('error', () => {
    if (child.pid === undefined) end({ kind: 'exit', code: null, signal: null });
  });
  return {
    processId: child.pid,
    send: (message) => {
      if (child.connected) child.send(message, undefined, undefined, () => {});
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function readLines(stream: Readable | null, onLine: (text: string) => void): void {
  if (stream === null) return;
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    if (line !== '') onLine(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);
  });
}
