import { EventEmitter } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { RunningServer, ServerConfiguration } from '@foretoken/server';
import type { CreateDecoderOptions } from '../../decoder/create-decoder.js';
import type { Decoder } from '../../decoder/decoder.js';
import { runCommandLine } from '../run-command-line.js';

/** What a command line run left behind. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process with a stand-in for the model. */
export async function runWith(
  argumentList: readonly string[],
  options: {
    readonly decoder?: Decoder | (() => Promise<Decoder>);
    readonly stdin?: string;
    readonly interrupts?: EventEmitter;
    readonly environment?: Readonly<Record<string, string>>;
    /** Receives what decoders are created with. */
    readonly created?: CreateDecoderOptions[];
    readonly server?: (configuration: ServerConfiguration) => Promise<RunningServer>;
  } = {},
): Promise<Run> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const { decoder } = options;
  const exitCode = await runCommandLine(argumentList, {
    stdout,
    stderr,
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    environment: options.environment ?? {},
    interrupts: options.interrupts ?? new EventEmitter(),
    createDecoder: async (given = {}) => {
      options.created?.push(given);
      if (decoder === undefined) throw new Error('this run must not load a model');
      return typeof decoder === 'function' ? decoder() : decoder;
    },
    createServer: async (configuration) => {
      if (options.server === undefined) throw new Error('this run must not start a server');
      return options.server(configuration);
    },
  });
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
