import { terminalProgress } from '@foretoken/tensorflow/status';
import type { Decoder } from '../decoder/decoder.js';
import type { CommandContext } from './command-context.js';
import { describeDevice } from './describe-device.js';
import type { GenerationFlags, ModelFlags } from './flags.js';

/** Loads the model that the flags name, with progress on stderr. */
export async function openDecoder(options: {
  readonly flags: ModelFlags & Partial<Pick<GenerationFlags, 'draft' | 'controller' | 'depth'>>;
  readonly context: CommandContext;
  /** @default that of the flags, else the model's own */
  readonly contextLength?: number;
}): Promise<Decoder> {
  const { flags, context, contextLength = flags.contextLength } = options;
  const { draft, controller, depth } = flags;
  const decoder = await context.createDecoder({
    model: flags.model,
    device: flags.device,
    ...(flags.executor === undefined ? {} : { executor: flags.executor }),
    ...(flags.kvPrecision === undefined ? {} : { kvPrecision: flags.kvPrecision }),
    ...(flags.arithmetic === undefined ? {} : { arithmetic: flags.arithmetic }),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(draft === undefined ? {} : { draft }),
    ...(controller === undefined ? {} : { controller }),
    ...(depth === undefined ? {} : { depth }),
    onProgress: terminalProgress(context.stderr),
    onWarning: (message) => context.stderr.write(`foretoken: ${message}\n`),
  });
  if (decoder.draftModel !== undefined) context.stderr.write(`drafting with ${decoder.draftModel}\n`);
  if (flags.verbose) {
    const { name, report, executor, arithmetic } = decoder;
    context.stderr.write(`${name} on ${describeDevice(report)}; ${executor} executor, ${arithmetic} arithmetic\n`);
  }
  return decoder;
}
