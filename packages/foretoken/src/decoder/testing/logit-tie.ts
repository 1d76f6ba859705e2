import { loadModel } from '@foretoken/backend';
import { isTie as isTieOf } from '../../../../core/src/engine/testing/logit-tie.js';

/** Whether the two best next tokens of the default model after `tokens` are tied. */
export async function isTie(tokens: readonly number[]): Promise<boolean> {
  const { model, close } = await loadModel('smollm2-135m-instruct', { contextLength: 1024 });
  try {
    return await isTieOf(model, tokens);
  } finally {
    close();
  }
}
