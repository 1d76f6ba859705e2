import { createInterface, type Interface } from 'node:readline/promises';
import type { ChatMessage } from '@foretoken/core/text';
import type { CommandContext } from '../command-line/command-context.js';
import { describeFailure } from '../command-line/describe-failure.js';
import { describeResult } from '../command-line/describe-result.js';
import { type GenerationFlags, generateOptions } from '../command-line/flags.js';
import { INTERRUPTED, withInterruption } from '../command-line/interruption.js';
import { openDecoder } from '../command-line/open-decoder.js';
import { collectGeneration } from '../decoder/collect-generation.js';
import type { Decoder } from '../decoder/decoder.js';
import { paletteFor } from '../terminal/colour.js';

/**
 * A conversation: a line in, an answer out, until the input ends or `/exit`. `/reset` forgets what was said. Ctrl-C
 * during an answer ends the answer, at the prompt the conversation.
 */
export async function converse(options: {
  readonly system: readonly ChatMessage[];
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
}): Promise<number> {
  const { system, flags, context } = options;
  const decoder = await openDecoder({ flags, context });
  const interactive = context.stdin.isTTY === true;
  const palette = paletteFor(context.stdout, context.environment);
  let messages = system;
  try {
    if (interactive) context.stdout.write(palette.dim(`${decoder.name} on ${decoder.device}. /reset, /exit.\n`));
    for await (const line of readLines(context, interactive)) {
      if (line === INTERRUPT) return INTERRUPTED;
      const content = line.trim();
      if (content === '/exit') break;
      if (content === '/reset') messages = system;
      else if (content !== '') {
        try {
          messages = await answer({ messages, content, decoder, flags, context });
        } catch (error) {
          // A conversation that outgrew the model's context can go on after /reset; losing it would be worse.
          if (!interactive) throw error;
          context.stderr.write(`foretoken: ${describeFailure(error).line}\n`);
        }
      }
    }
    return 0;
  } finally {
    decoder.close();
  }
}

async function answer(options: {
  readonly messages: readonly ChatMessage[];
  readonly content: string;
  readonly decoder: Decoder;
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
}): Promise<readonly ChatMessage[]> {
  const { decoder, flags, context } = options;
  const messages: readonly ChatMessage[] = [...options.messages, { role: 'user', content: options.content }];
  const promptTokens = decoder.encode(messages);
  const result = await withInterruption(context.interrupts, (signal) =>
    collectGeneration({
      events: decoder.generate(promptTokens, { ...generateOptions(flags), signal }),
      promptTokens,
      device: decoder.device,
      speculative: flags.draft !== 'none',
      onEvent: (event) => context.stdout.write(event.text),
    }),
  );
  context.stdout.write('\n');
  if (flags.verbose) context.stderr.write(`${describeResult(result)}\n`);
  return [...messages, { role: 'assistant', content: result.text }];
}

const INTERRUPT = Symbol('interrupt');

/**
 * The lines of the input. The line editor lives only while a line is being typed: in between, the terminal is in its
 * plain mode, so Ctrl-C reaches the process as a signal.
 */
async function* readLines(context: CommandContext, interactive: boolean): AsyncGenerator<string | typeof INTERRUPT> {
  if (!interactive) {
    yield* createInterface({ input: context.stdin, crlfDelay: Number.POSITIVE_INFINITY });
    return;
  }
  const history: string[] = [];
  for (;;) {
    const editor = createInterface({
      input: context.stdin,
      output: context.stdout,
      history: [...history],
    });
    const line = await readLine(editor);
    editor.close();
    if (line === undefined) return;
    yield line;
    if (line !== INTERRUPT && line !== '') history.unshift(line);
  }
}

/** `undefined` at the end of the input (Ctrl-D). */
function readLine(editor: Interface): Promise<string | typeof INTERRUPT | undefined> {
  return new Promise((resolve) => {
    editor.once('SIGINT', () => resolve(INTERRUPT));
    editor.once('close', () => resolve(undefined));
    editor.once('line', resolve);
    editor.setPrompt('> ');
    editor.prompt();
  });
}
