import { writeFile } from 'node:fs/promises';
import { type Matrix, type StoredRows, valuesOf, type WeightSource } from '../../executors/weight.js';
import { encodeTensor } from '../../weights/testing/encode-tensor.js';
import type { ModelConfiguration } from '../configuration.js';
import { usedWeights } from '../decoder-model.js';

/** The weights of a source with its matrices in a file, quantised to Q8_0. Columns must be whole blocks of 32. */
export async function storedWeights(
  source: WeightSource,
  configuration: ModelConfiguration,
  path: string,
): Promise<WeightSource> {
  const parts: Uint8Array[] = [];
  const places = new Map<string, StoredRows>();
  let byteOffset = 0;
  for (const weight of usedWeights(configuration)) {
    if (weight.kind === 'vector') continue;
    const bytes = encodeTensor('Q8_0', await valuesOf(weight, source));
    places.set(weight.name, { path, byteOffset, type: 'Q8_0', rows: weight.rows, order: 'pairs' });
    parts.push(bytes);
    byteOffset += bytes.length;
  }
  await writeFile(path, Buffer.concat(parts));
  return {
    load: (weight, target) => source.load(weight, target),
    locate: ({ name }: Matrix) => {
      const place = places.get(name);
      return place && [place];
    },
  };
}
