import { defaultWeightsLimits, type MetadataValue } from '@foretoken/backend';
import { ForetokenError } from '@foretoken/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteSource } from './byte-source.js';
import { isReadableType } from './dequantise/readable-types.js';
import { openSource } from './open-weights.js';
import { memorySource } from './testing/memory-source.js';
import { writeGguf } from './testing/write-gguf.js';
import { writeSafetensors } from './testing/write-safetensors.js';

const values = Float32Array.from({ length: 64 }, (_, i) => i - 32);

const gguf = writeGguf({
  metadata: {
    'general.architecture': 'llama',
    'llama.block_count': 2,
    'tokenizer.ggml.tokens': ['a', 'b', 'cde'],
    'tokenizer.ggml.token_type': [1, 2, 3],
    nested: {
      type: 9,
      bytes: Uint8Array.of(9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 6),
    },
    eps: 1e-5,
    yes: true,
  },
  tensors: [
    { name: 'token_embd.weight', type: 'Q8_0', shape: [2, 32], values },
    { name: 'norm', type: 'F16', shape: [64], values },
    { name: 'output', type: 'F32', shape: [4, 16], values },
  ],
});

const safetensors = writeSafetensors({
  metadata: { format: 'pt' },
  tensors: [
    { name: 'embed', type: 'BF16', shape: [4, 16], values },
    { name: 'norm', type: 'F32', shape: [64], values },
  ],
});

type Mutation =
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'length'; readonly at: number; readonly value: bigint }
  | { readonly kind: 'cut'; readonly at: number };

/** Where each part of a header lies does not matter: positions cover all of it, data included. */
function mutations(size: number): fc.Arbitrary<Mutation[]> {
  const at = fc.nat(size - 9);
  const extreme = fc.constantFrom(
    0n,
    1n,
    2n ** 16n,
    2n ** 26n,
    2n ** 31n,
    2n ** 32n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  );
  const one: fc.Arbitrary<Mutation> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('byte' as const), at, value: fc.nat(255) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('length' as const),
        at,
        value: fc.oneof(extreme, fc.bigInt(0n, 4096n)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at }) },
  );
  return fc.array(one, { minLength: 1, maxLength: 4 });
}

function mutate(original: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let bytes = original.slice();
  for (const change of changes) {
    if (change.at + 8 > bytes.length) continue;
    if (change.kind === 'byte') bytes[change.at] = change.value;
    else if (change.kind === 'length') new DataView(bytes.buffer).setBigUint64(change.at, change.value, true);
    else bytes = bytes.slice(0, change.at);
  }
  return bytes;
}

/** Counts what is read, which is what the readers allocate for bytes. */
function counting(source: ByteSource): ByteSource & { largest: number } {
  const counted = {
    ...source,
    largest: 0,
    read(offset: number, length: number) {
      counted.largest = Math.max(counted.largest, length);
      return source.read(offset, length);
    },
  };
  return counted;
}

function countValues(value: MetadataValue): number {
  return Array.isArray(value) ? value.reduce((sum: number, item: MetadataValue) => sum + countValues(item), 1) : 1;
}

/** Opens and reads everything: nothing but our own errors, and nothing larger than the file can come of it. */
async function survives(bytes: Uint8Array): Promise<boolean> {
  const source = counting(memorySource(bytes));
  try {
    const weights = await openSource(source, defaultWeightsLimits);
    let metadataValues = 0;
    for (const value of weights.metadata.values()) metadataValues += countValues(value);
    expect(metadataValues).toBeLessThanOrEqual(bytes.length);
    let stored = 0;
    for (const tensor of weights.tensors.values()) {
      stored += tensor.byteLength;
      await source.read(tensor.byteOffset, tensor.byteLength);
      if (isReadableType(tensor.type)) await weights.readFloat32(tensor.name);
    }
    expect(stored).toBeLessThanOrEqual(bytes.length);
    return true;
  } catch (error) {
    if (!(error instanceof ForetokenError)) throw error;
    expect(error.message).not.toContain('undefined');
    return false;
  } finally {
    expect(source.largest).toBeLessThanOrEqual(bytes.length);
  }
}

test.each([
  ['GGUF', gguf],
  ['safetensors', safetensors],
])('12,000 mutated %s files end in a typed error or are read', async (_, file) => {
  expect(await survives(file)).toBe(true);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(mutations(file.length), async (changes) => {
      if (!(await survives(mutate(file, changes)))) refused++;
    }),
    { numRuns: 12_000 },
  );
  // Most mutations must hit something that is checked, or the test would test nothing.
  expect(refused).toBeGreaterThan(3000);
});
