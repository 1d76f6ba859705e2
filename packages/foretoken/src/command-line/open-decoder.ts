import { withoutUndefined } from '@foretoken/core';
import { terminalProgress } from '@foretoken/tensorflow/status';
import type { Decoder } from '../decoder/decoder.js';
import type { CommandContext } from './command-context.js';
import { describeDevice } from './describe-device.js';
import type { GenerationFlags, ModelFlags } from './flags.js';

/** Loads the model that the flags name, with progress on stderr. */
export async function openDecoder(options: {
  readonly flags: ModelFlags & Partial<Pick<GenerationFlags, 'draft' | 'controller' | 'depth'>>;
  readonly context: CommandContext;
}): Promise<Decoder> {
  const { flags, context } = options;
  const { model, device, executor, kvPrecision, arithmetic, contextLength, draft, controller, depth } = flags;
  const decoder = await context.createDecoder({
    ...{ model, device },
    ...withoutUndefined({ executor, kvPrecision, arithmetic, contextLength, draft, controller, depth }),
    onProgress: terminalProgress(context.stderr),
    onWarning: (message) => context.stderr.write(`foretoken: ${message}\n`),
  });
  if (decoder.draftModel !== undefined) context.stderr.write(`drafting with ${decoder.draftModel}\n`);
  if (flags.verbose) {
    const { name, report } = decoder;
    const how = `${decoder.executor} executor, ${decoder.arithmetic} arithmetic`;
    context.stderr.write(`${name} on ${describeDevice(report)}; ${how}\n`);
  }
  return decoder;
}
