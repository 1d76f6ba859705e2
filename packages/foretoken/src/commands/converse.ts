import { createInterface, type Interface } from 'node:readline/promises';
import type { ChatMessage } from '@foretoken/core/text';
import type { CommandContext } from '../command-line/command-context.js';
import { describeFailure } from '../command-line/describe-failure.js';
import { describeResult } from '../command-line/describe-result.js';
import { type GenerationFlags, generateOptions } from '../command-line/flags.js';
import { INTERRUPTED, type InterruptSource, withInterruption } from '../command-line/interruption.js';
import { openDecoder } from '../command-line/open-decoder.js';
import { collectGeneration } from '../decoder/collect-generation.js';
import type { Decoder, GenerateOptions } from '../decoder/decoder.js';
import { type Palette, paletteFor } from '../terminal/colour.js';
import { paintEvent } from '../terminal/paint-event.js';

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
  const generation = await generateOptions(flags);
  const decoder = await openDecoder({ flags, context });
  const interactive = context.stdin.isTTY === true;
  const palette = paletteFor(context.stdout, context.environment);
  if (interactive) context.stdout.write(palette.dim(`${decoder.name} on ${decoder.device}. /reset, /exit.\n`));
  const editor = interactive
    ? createInterface({ input: context.stdin, output: context.stdout, terminal: true })
    : createInterface({ input: context.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  // A line editor takes the keys of the terminal, Ctrl-C among them.
  const interrupts = interactive ? editor : context.interrupts;
  let messages = system;
  let exitCode = 0;
  const leave = (): void => {
    exitCode = INTERRUPTED;
    editor.close();
  };
  try {
    for await (const line of promptedLines(editor, interactive ? leave : undefined)) {
      const content = line.trim();
      if (content === '/exit') break;
      if (content === '/reset') messages = system;
      else if (content !== '') {
        try {
          messages = await answer({ messages, content, decoder, generation, palette, flags, context, interrupts });
        } catch (error) {
          // A conversation that outgrew the model's context can go on after /reset; losing it would be worse.
          if (!interactive) throw error;
          context.stderr.write(`foretoken: ${describeFailure(error).line}\n`);
        }
      }
    }
    return exitCode;
  } finally {
    editor.close();
    decoder.close();
  }
}

/** The lines that are typed, those typed ahead during an answer too. `leave` hears Ctrl-C while a line is awaited. */
async function* promptedLines(editor: Interface, leave: (() => void) | undefined): AsyncGenerator<string> {
  const lines = editor[Symbol.asyncIterator]();
  const wait = (): void => {
    if (leave === undefined) return;
    editor.on('SIGINT', leave);
    editor.setPrompt('> ');
    editor.prompt();
  };
  wait();
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    if (leave !== undefined) editor.off('SIGINT', leave);
    yield next.value;
    wait();
  }
}

async function answer(options: {
  readonly messages: readonly ChatMessage[];
  readonly content: string;
  readonly decoder: Decoder;
  readonly generation: GenerateOptions;
  readonly palette: Palette;
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
  readonly interrupts: InterruptSource;
}): Promise<readonly ChatMessage[]> {
  const { decoder, generation, palette, flags, context, interrupts } = options;
  const messages: readonly ChatMessage[] = [...options.messages, { role: 'user', content: options.content }];
  const promptTokens = decoder.encode(messages);
  const result = await withInterruption(interrupts, (signal) =>
    collectGeneration({
      events: decoder.generate(promptTokens, { ...generation, signal }),
      promptTokens,
      device: decoder.device,
      speculative: flags.draft !== 'none',
      onEvent: (event) => context.stdout.write(paintEvent(event, palette)),
    }),
  );
  context.stdout.write('\n');
  if (flags.verbose) context.stderr.write(`${describeResult(result)}\n`);
  return [...messages, { role: 'assistant', content: result.text }];
}
