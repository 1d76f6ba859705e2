import { loadModelText, type ModelText } from '@foretoken/backend';
import type { Logger } from 'pino';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import { createTextEngine, type TextEngine } from '../engine/index.js';
import { TextWork } from '../text-work/text-work.js';

interface LoadedParts {
  readonly engine: TextEngine;
  readonly work: TextWork;
}

/** The parts of a server that take time to load. */
export interface Loading {
  readonly parts: Promise<LoadedParts>;
  /** Gives up, if it is still going on. Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** Loads tokenizer and chat template into this process, then the model into those of its engines. */
export function loadParts(
  configuration: ServerConfiguration,
  given: { readonly engine?: TextEngine; readonly text?: ModelText },
  logger: Logger,
): Loading {
  const stopping = new AbortController();
  const parts = load(configuration, given, { logger, stopping });
  return {
    parts,
    async stop() {
      stopping.abort();
      await parts.catch(() => {});
    },
  };
}

async function load(
  { model, engine: settings }: ServerConfiguration,
  given: { readonly engine?: TextEngine; readonly text?: ModelText },
  { logger, stopping }: { readonly logger: Logger; readonly stopping: AbortController },
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
        signal: stopping.signal,
        onLog: ({ engine: index, stream, text: line }) => {
          logger[stream === 'stderr' ? 'warn' : 'info']({ engine: index }, line);
        },
      },
    ));
  // A text side that was given can't be found again by a thread.
  const work = new TextWork(text, given.text === undefined ? { model, cacheDirectory } : undefined);
  return { engine, work };
}
