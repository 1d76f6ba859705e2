import type { NativeTensorFlow, SavedModel } from '@foretoken/tensorflow';

type Tensor = ReturnType<NativeTensorFlow['tensor']>;

/** Runs an entry with one output and frees its inputs. */
export function callEntry(entry: SavedModel, inputs: Record<string, Tensor>): Tensor {
  try {
    const [output] = Object.values(entry.predict(inputs)) as Tensor[];
    if (!output) throw new Error('the SavedModel entry gave no output');
    return output;
  } finally {
    for (const input of Object.values(inputs)) input.dispose();
  }
}
