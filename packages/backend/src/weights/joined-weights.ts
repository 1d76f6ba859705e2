import { unknownTensor } from './stored-tensors.js';
import type { ReadFloat32Options, TensorInfo, WeightsFile } from './weights-file.js';

/** Several files as one: `holders` tells which of them has a tensor. Closing it closes all of them. */
export function joinWeights(parts: {
  /** For messages. */
  readonly name: string;
  readonly metadata: WeightsFile['metadata'];
  readonly holders: ReadonlyMap<string, WeightsFile>;
  readonly files: readonly WeightsFile[];
  readonly format: WeightsFile['format'];
}): WeightsFile {
  const { name, metadata, holders, files, format } = parts;
  const tensors = new Map<string, TensorInfo>();
  for (const [tensor, holder] of holders) {
    const info = holder.tensors.get(tensor);
    if (info) tensors.set(tensor, info);
  }
  const holderOf = (tensor: string): WeightsFile => {
    const holder = holders.get(tensor);
    if (holder) return holder;
    throw unknownTensor(tensor, name, tensors);
  };
  return {
    format,
    metadata,
    tensors,
    readFloat32: async (tensor: string, options?: ReadFloat32Options) => holderOf(tensor).readFloat32(tensor, options),
    pathOf: (tensor: string) => holderOf(tensor).pathOf(tensor),
    close: () => closeAll(files),
  };
}

export async function closeAll(files: Iterable<WeightsFile>): Promise<void> {
  await Promise.all([...files].map((file) => file.close()));
}
