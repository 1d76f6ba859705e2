import type { RunningServer, ServerConfiguration } from '@foretoken/server';
import type { CreateDecoderOptions } from '../decoder/create-decoder.js';
import type { Decoder } from '../decoder/decoder.js';
import type { InterruptSource } from './interruption.js';

/** A stream the command line writes to. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything the commands touch outside themselves, so that tests can stand in for it. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly interrupts: InterruptSource;
  readonly createDecoder: (options: CreateDecoderOptions) => Promise<Decoder>;
  readonly createServer: (configuration: ServerConfiguration) => Promise<RunningServer>;
}
