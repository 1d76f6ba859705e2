import type { ChatMessage } from '@foretoken/core/text';
import type { CommandContext } from '../command-line/command-context.js';
import { describeFailure } from '../command-line/describe-failure.js';
import { describeLimit } from '../command-line/describe-limit.js';
import { describeResult } from '../command-line/describe-result.js';
import { SpeedMeter } from '../command-line/describe-speed.js';
import { type GenerationFlags, generateOptions } from '../command-line/flags.js';
import { INTERRUPTED, withInterruption } from '../command-line/interruption.js';
import { openDecoder } from '../command-line/open-decoder.js';
import { paintedText } from '../command-line/painted-text.js';
import { runGeneration } from '../command-line/run-generation.js';
import type { Decoder } from '../decoder/decoder.js';
import { type Palette, paletteFor } from '../terminal/colour.js';
import { WordWrap } from '../terminal/word-wrap.js';
import { act, type ChatState } from './chat-commands.js';
import { MessageEditor } from './message-editor.js';
import { openMessageHistory } from './message-history.js';

/**
 * A conversation in a terminal: a message in, an answer out, until it is left; texts that begin with `/` are commands.
 * Ctrl-C during an answer ends the answer. Gives the exit code.
 */
export async function converse(options: {
  readonly system: readonly ChatMessage[];
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
}): Promise<number> {
  const { system, flags, context } = options;
  let state: ChatState = { messages: system, generation: await generateOptions(flags, context.stdin) };
  const decoder = await openDecoder({ flags, context });
  const palette = paletteFor(context.stdout, context.environment);
  const meter = new SpeedMeter();
  context.stdout.write(palette.dim(`${decoder.name} on ${decoder.device}. /help tells what can be done.\n`));
  const history = await openMessageHistory(context.environment);
  const editor = new MessageEditor({ context, palette, history });
  const parts: Parts = { decoder, editor, flags, context, palette, meter };
  try {
    for (;;) {
      const typed = await editor.next();
      if (typed.kind === 'interrupted') return INTERRUPTED;
      if (typed.kind === 'end') return 0;
      if (typed.text.trim() === '') continue;
      try {
        const action = await act(typed.text, state);
        if (action.kind === 'leave') return 0;
        if (action.kind === 'ask') state = await answer(action.content, state, parts);
        else {
          state = action.state;
          context.stdout.write(`${palette.dim(action.note)}\n`);
        }
      } catch (error) {
        // A conversation that outgrew the model's context can go on after /clear; losing it would be worse.
        context.stderr.write(`foretoken: ${describeFailure(error).line}\n`);
      }
    }
  } finally {
    editor.close();
    decoder.close();
  }
}

interface Parts {
  readonly decoder: Decoder;
  readonly editor: MessageEditor;
  readonly flags: GenerationFlags;
  readonly context: CommandContext;
  readonly palette: Palette;
  readonly meter: SpeedMeter;
}

/** Answers a message. The conversation with message and answer. */
async function answer(content: string, state: ChatState, parts: Parts): Promise<ChatState> {
  const { decoder, editor, flags, context, palette, meter } = parts;
  const { stdout } = context;
  const messages: readonly ChatMessage[] = [...state.messages, { role: 'user', content }];
  const text = paintedText(palette, new WordWrap(() => stdout.columns));
  // A line editor takes the keys of the terminal, Ctrl-C among them.
  const result = await withInterruption(editor.interrupts, (signal) =>
    runGeneration(decoder, messages, { draft: flags.draft, ...state.generation, signal }, (event) => {
      meter.observe(event);
      stdout.write(text(event));
    }),
  );
  stdout.write('\n');
  const { maxTokens = flags.maxTokens } = state.generation;
  const limit = describeLimit(result, { maxTokens, contextLength: decoder.contextLength });
  const notes = [
    ...(limit === undefined ? [] : [limit]),
    ...(flags.verbose ? [describeResult(result)] : (flags.stats ?? true) ? [meter.describe(result)] : []),
  ];
  for (const note of notes) stdout.write(`${palette.dim(`[${note}]`)}\n`);
  return { ...state, messages: [...messages, { role: 'assistant', content: result.text }] };
}
