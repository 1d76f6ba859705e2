import type { DraftMode } from 'foretoken';

const NAMES = ['auto', 'lookup', 'suffix', 'recycling', 'cascade'] as const satisfies readonly DraftMode[];

/**
 * The draft mode of that name. `prediction` is none here, since the prompts say nothing of the text that is expected.
 * Throws an `Error` that lists what there is.
 */
export function draftMethod(text: string): DraftMode {
  const name = NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  const model = /^model:(.+)$/s.exec(text)?.[1];
  if (model !== undefined) return `model:${model}`;
  const layers = /^early-exit:([1-9]\d*)$/.exec(text)?.[1];
  if (layers !== undefined) return `early-exit:${Number(layers)}`;
  throw new Error(`--draft takes ${NAMES.join(', ')}, model:REF or early-exit:N, not "${text}".`);
}
