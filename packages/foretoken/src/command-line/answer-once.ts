import type { ChatMessage } from '@foretoken/core/text';
import { paletteFor } from '../terminal/colour.js';
import { WordWrap } from '../terminal/word-wrap.js';
import type { CommandContext } from './command-context.js';
import { describeLimit } from './describe-limit.js';
import { describeResult } from './describe-result.js';
import { SpeedMeter } from './describe-speed.js';
import { type GenerationFlags, generateOptions } from './flags.js';
import { INTERRUPTED, withInterruption } from './interruption.js';
import { openDecoder } from './open-decoder.js';
import { paintedText } from './painted-text.js';
import { runGeneration } from './run-generation.js';

/** Loads the model, answers one prompt as text or as JSON, and gives the exit code. */
export async function answerOnce(options: {
  readonly prompt: string | readonly ChatMessage[];
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
}): Promise<number> {
  const { prompt, flags, context } = options;
  const { stdout, stderr } = context;
  const generation = await generateOptions(flags, context.stdin);
  const palette = paletteFor(stdout, context.environment);
  const text = paintedText(palette, new WordWrap(() => (stdout.isTTY ? stdout.columns : undefined)));
  const meter = new SpeedMeter();
  const decoder = await openDecoder({ flags, context });
  try {
    const result = await withInterruption(context.interrupts, (signal) =>
      runGeneration(decoder, prompt, { ...generation, signal }, (event) => {
        meter.observe(event);
        if (!flags.json) stdout.write(text(event));
      }),
    );
    stdout.write(flags.json ? `${JSON.stringify(result)}\n` : '\n');
    const limit = describeLimit(result, { maxTokens: flags.maxTokens, contextLength: decoder.contextLength });
    if (limit !== undefined && !flags.json) stderr.write(`foretoken: ${limit}\n`);
    if (flags.verbose) stderr.write(`${describeResult(result)}\n`);
    else if (flags.stats ?? (stderr.isTTY === true && !flags.json)) stderr.write(`${meter.describe(result)}\n`);
    return result.finishReason === 'abort' ? INTERRUPTED : 0;
  } finally {
    decoder.close();
  }
}
