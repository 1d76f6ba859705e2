import { loadModelText, type ModelText } from '@foretoken/backend';
import type { Logger } from 'pino';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import { createTextEngine, type TextEngine } from '../engine/index.js';
import { TextWork } from '../text-work/text-work.js';

/** The parts of a server that take time to load. */
export interface LoadedParts {
  readonly engine: TextEngine;
  readonly work: TextWork;
}

/**
 * Loads tokenizer and chat template into this process, then the model into those of its engines, unless they are given.
 * The signal gives up.
 */
export async function loadParts(
  { model, engine: settings }: ServerConfiguration,
  given: { readonly engine?: TextEngine; readonly text?: ModelText },
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<LoadedParts> {
  const { cacheDirectory, allowDownload } = settings;
  const fetching = { allowDownload, ...(cacheDirectory === undefined ? {} : { cacheDirectory }) };
  // First the text side: a model that leads nowhere, or that is downloaded, then does so once.
  const text = given.text ?? (await loadModelText(model, fetching));
  const engine =
    given.engine ??
    (await createTextEngine(
      { ...settings, model },
      {
        signal,
        onLog: ({ engine: index, stream, text: line }) => {
          logger[stream === 'stderr' ? 'warn' : 'info']({ engine: index }, line);
        },
      },
    ));
  // A text side that was given can't be found again by a thread.
  const work = new TextWork(text, given.text === undefined ? { model, cacheDirectory } : undefined);
  return { engine, work };
}
