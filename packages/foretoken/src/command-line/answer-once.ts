import type { ChatMessage } from '@foretoken/core/text';
import { collectGeneration } from '../decoder/collect-generation.js';
import { paletteFor } from '../terminal/colour.js';
import { paintEvent } from '../terminal/paint-event.js';
import type { CommandContext } from './command-context.js';
import { describeResult } from './describe-result.js';
import { type GenerationFlags, generateOptions } from './flags.js';
import { INTERRUPTED, withInterruption } from './interruption.js';
import { openDecoder } from './open-decoder.js';

/** Loads the model, answers one prompt as text or as JSON, and gives the exit code. */
export async function answerOnce(options: {
  readonly prompt: string | readonly ChatMessage[];
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
}): Promise<number> {
  const { prompt, flags, context } = options;
  const generation = await generateOptions(flags);
  const palette = paletteFor(context.stdout, context.environment);
  const decoder = await openDecoder({ flags, context });
  try {
    const promptTokens = decoder.encode(prompt);
    const result = await withInterruption(context.interrupts, (signal) =>
      collectGeneration({
        events: decoder.generate(promptTokens, { ...generation, signal }),
        promptTokens,
        device: decoder.device,
        speculative: flags.draft !== 'none',
        onEvent: (event) => {
          if (!flags.json) context.stdout.write(paintEvent(event, palette));
        },
      }),
    );
    if (flags.json) context.stdout.write(`${JSON.stringify(result)}\n`);
    else context.stdout.write('\n');
    if (flags.verbose) context.stderr.write(`${describeResult(result)}\n`);
    return result.finishReason === 'abort' ? INTERRUPTED : 0;
  } finally {
    decoder.close();
  }
}
