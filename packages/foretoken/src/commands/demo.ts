import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
import { addModelFlags, type ModelFlags } from '../command-line/flags.js';
import { INTERRUPTED, withInterruption } from '../command-line/interruption.js';
import { openDecoder } from '../command-line/open-decoder.js';
import { runDemo } from '../demo/run-demo.js';
import { paletteFor } from '../terminal/colour.js';

// The longest prompt and its answer take some 300 tokens; a short cache makes for a quick start.
const CONTEXT_LENGTH = 1024;

/** `foretoken demo`: the same answers by standard and by speculative decoding, side by side. */
export function addDemoCommand(program: Command, context: CommandContext, exitWith: (code: number) => void): void {
  const command = program
    .command('demo')
    .description('answer the same prompts with standard and speculative decoding and compare');
  addModelFlags(command).action(async () => {
    const flags = { contextLength: CONTEXT_LENGTH, ...command.opts<ModelFlags>() };
    const decoder = await openDecoder({ flags, context });
    try {
      const outcome = await withInterruption(context.interrupts, (signal) =>
        runDemo({
          decoder,
          palette: paletteFor(context.stdout, context.environment),
          write: (text) => context.stdout.write(text),
          signal,
        }),
      );
      exitWith(outcome === 'aborted' ? INTERRUPTED : 0);
    } finally {
      decoder.close();
    }
  });
}
