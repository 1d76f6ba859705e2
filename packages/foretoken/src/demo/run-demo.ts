import type { GenerationEvent } from '@foretoken/core';
import { describeDevice } from '../command-line/describe-device.js';
import { formatPercent } from '../command-line/describe-result.js';
import { paintedText } from '../command-line/painted-text.js';
import { runGeneration } from '../command-line/run-generation.js';
import type { GenerationResult } from '../decoder/collect-generation.js';
import type { Decoder } from '../decoder/decoder.js';
import type { Palette } from '../terminal/colour.js';
import { WordWrap } from '../terminal/word-wrap.js';
import { demoPlan } from './demo-plan.js';
import type { DemoPrompt } from './demo-prompts.js';
import { type DemoPair, demoReport, firstDifference, isIdentical } from './demo-report.js';

export interface DemoOptions {
  readonly decoder: Decoder;
  readonly palette: Palette;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Answers the same prompts by standard and by speculative decoding, in turns, so that a machine that slows down or
 * speeds up meanwhile treats both alike. Gives whether it ran to its end.
 */
export async function runDemo(options: DemoOptions): Promise<'done' | 'aborted'> {
  const { decoder, palette, write, signal } = options;
  const plan = demoPlan(decoder.device);
  write(`${palette.bold(decoder.name)} on ${describeDevice(decoder.report)}\n`);
  write('Each prompt is answered twice: one token at a time, then with guesses wherever they pay.\n');
  if (palette.enabled) write(`${palette.green('Green')} tokens are guesses that the model accepted.\n`);
  await warmUp(decoder, signal);
  const pairs: DemoPair[] = [];
  for (const [index, prompt] of plan.prompts.entries()) {
    write(`\n${palette.bold(`${index + 1}/${plan.prompts.length} ${prompt.title}`)} ${palette.dim(excerpt(prompt))}\n`);
    const standard = await answer({ ...options, prompt, maxTokens: plan.maxTokens, draft: 'none' });
    if (standard.finishReason === 'abort') return 'aborted';
    const speculative = await answer({ ...options, prompt, maxTokens: plan.maxTokens, draft: 'auto' });
    if (speculative.finishReason === 'abort') return 'aborted';
    const pair = { title: prompt.title, standard, speculative };
    pairs.push(pair);
    write(`${palette.dim(comparison(pair))}\n`);
  }
  const [heading, ...rows] = demoReport(pairs);
  const all = rows.pop();
  write(`\n${palette.dim(heading ?? '')}\n${rows.join('\n')}\n${palette.bold(all ?? '')}\n\n`);
  write(`Identical outputs: ${pairs.filter(isIdentical).length} of ${pairs.length}.\n`);
  write(`Ran on ${describeDevice(decoder.report)}.\n`);
  return 'done';
}

/** Repeats itself, so that lookup has something to guess, and is short, so that it costs little. */
const WARM_UP_TEXT = 'one two three one two three one two';

/** The first forwards of each size pay for memory and kernel selection; nobody's time should count them. */
async function warmUp(decoder: Decoder, signal: AbortSignal): Promise<void> {
  if (decoder.device === 'js') return;
  for (const draft of ['none', 'auto'] as const) {
    for await (const _ of decoder.generate(WARM_UP_TEXT, { maxTokens: 10, draft, signal }));
  }
}

async function answer(
  options: DemoOptions & {
    readonly prompt: DemoPrompt;
    readonly maxTokens: number;
    readonly draft: 'none' | 'auto';
  },
): Promise<GenerationResult> {
  const { decoder, palette, write, signal, prompt, maxTokens, draft } = options;
  write(`${palette.dim(draft === 'none' ? '  standard' : '  speculative')}\n`);
  const text = paintedText(palette, new WordWrap(() => undefined));
  const show = (event: GenerationEvent): void => write(text(event));
  const result = await runGeneration(decoder, prompt.messages, { maxTokens, draft, signal }, show);
  write('\n');
  return result;
}

function excerpt(prompt: DemoPrompt): string {
  const line = (prompt.messages.at(-1)?.content ?? '').split('\n')[0] ?? '';
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}

function comparison(pair: DemoPair): string {
  const difference = firstDifference(pair);
  const { standard, speculative } = pair;
  const outcome =
    difference === undefined
      ? `identical, ${standard.tokens.length} tokens`
      : `DIFFERENT from token ${difference} on (a tie of the two best tokens can do that)`;
  const rate = speculative.speculation?.acceptanceRate ?? 0;
  const speeds = `${standard.timings.tokensPerSecond.toFixed(1)} → ${speculative.timings.tokensPerSecond.toFixed(1)} tokens/s`;
  return `  ${outcome}; ${speeds}; ${formatPercent(rate)} of guesses accepted`;
}
