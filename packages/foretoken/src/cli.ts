#!/usr/bin/env node
import { Console } from 'node:console';
import { runCommandLine } from './command-line/run-command-line.js';

// Libraries that write to the console must not end up among the results on stdout.
globalThis.console = new Console(process.stderr, process.stderr);

// A reader that has seen enough (`| head`) closes the pipe: not an error, but no reason to go on computing either.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
  interrupts: process,
  // Loaded on demand, so that --help and usage errors don't wait for TensorFlow.
  createDecoder: async (options) => (await import('./decoder/create-decoder.js')).createDecoder(options),
  createServer: async (configuration) => (await import('@foretoken/server')).createServer(configuration),
});
