import type { GenerationResult } from '../decoder/collect-generation.js';
import type { Decoder, GenerateOptions } from '../decoder/decoder.js';
import type { CommandContext } from './command-context.js';
import { codeOf, describeFailure } from './describe-failure.js';
import { type GenerationFlags, generateOptions } from './flags.js';
import { INTERRUPTED, withInterruption } from './interruption.js';
import { openDecoder } from './open-decoder.js';
import { type PromptLine, readPromptsFile } from './read-prompts-file.js';
import { runGeneration } from './run-generation.js';

/**
 * Answers every line of a prompts file with one line of JSON, in order, with the model loaded once. A line that fails
 * (a prompt that is too long) gives `{ id?, error: { code?, message } }`; the others go on, and the exit code is 1.
 */
export async function answerPromptsFile(options: {
  readonly path: string;
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
}): Promise<number> {
  const { flags, context } = options;
  const lines = await readPromptsFile(options.path, context.stdin);
  const generation = await generateOptions(flags, context.stdin);
  const decoder = await openDecoder({ flags, context });
  try {
    return await withInterruption(context.interrupts, async (signal) => {
      let failed = 0;
      for (const line of lines) {
        const answer = await answerLine({ line, decoder, generation: { ...generation, signal } });
        context.stdout.write(`${JSON.stringify(answer)}\n`);
        if ('error' in answer) failed += 1;
        else if (answer.finishReason === 'abort') return INTERRUPTED;
      }
      if (failed > 0) context.stderr.write(`foretoken: ${failed} of ${lines.length} prompts failed\n`);
      return failed > 0 ? 1 : 0;
    });
  } finally {
    decoder.close();
  }
}

interface Identified {
  readonly id?: string | number;
}

type Answer = Identified &
  (GenerationResult | { readonly error: { readonly code?: string; readonly message: string } });

async function answerLine(options: {
  readonly line: PromptLine;
  readonly decoder: Decoder;
  readonly generation: GenerateOptions;
}): Promise<Answer> {
  const { line, decoder, generation } = options;
  const named = line.id === undefined ? {} : { id: line.id };
  try {
    const prompt = line.kind === 'prompt' ? line.prompt : line.messages;
    return { ...named, ...(await runGeneration(decoder, prompt, generation)) };
  } catch (error) {
    const code = codeOf(error);
    const message = describeFailure(error).line;
    return { ...named, error: code === undefined ? { message } : { code, message } };
  }
}
