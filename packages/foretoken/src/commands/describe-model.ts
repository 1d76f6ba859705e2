import type { WeightsFile } from '@foretoken/backend';
import { DEFAULT_ARITHMETIC } from '@foretoken/core';
import { describeDrafts } from './describe-drafts.js';

/** What the files of a model say of it. Lines without line ends. Fetches nothing. */
export async function describeModel(reference: string): Promise<readonly string[]> {
  const { openWeights, registeredModels, resolveModel } = await import('@foretoken/backend');
  const resolved = await resolveModel(reference, { allowDownload: false });
  const { name, weights, origin } = resolved;
  const registered = origin === 'registry' ? registeredModels[name] : undefined;
  const file = await openWeights(weights);
  try {
    return [
      `name          ${name}`,
      ...(registered ? [`description   ${registered.description}`, `license       ${registered.license}`] : []),
      `weights       ${weights}`,
      `format        ${file.format}`,
      `parameters    ${formatCount(parameters(file))}`,
      `types         ${tensorTypes(file)}`,
      `arithmetic    ${DEFAULT_ARITHMETIC} (executor fused; see --arithmetic)`,
      ...metadataLines(file),
      ...(await describeDrafts(resolved, file)),
    ];
  } finally {
    await file.close();
  }
}

function parameters(file: WeightsFile): number {
  let total = 0;
  for (const { shape } of file.tensors.values()) total += shape.reduce((product, size) => product * size, 1);
  return total;
}

/** `Q4_1 (210 tensors), F32 (61 tensors)`, the most frequent first. */
function tensorTypes(file: WeightsFile): string {
  const counts = new Map<string, number>();
  for (const { type } of file.tensors.values()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([type, count]) => `${type} (${count} ${count === 1 ? 'tensor' : 'tensors'})`)
    .join(', ');
}

/** The architecture's own numbers of a GGUF file; safetensors files keep theirs elsewhere. */
function metadataLines(file: WeightsFile): readonly string[] {
  const architecture = file.metadata.get('general.architecture');
  if (typeof architecture !== 'string') return [];
  const value = (key: string) => file.metadata.get(`${architecture}.${key}`);
  const rows = [
    ['architecture', architecture],
    ['layers', value('block_count')],
    ['width', value('embedding_length')],
    ['heads', value('attention.head_count')],
    ['kv heads', value('attention.head_count_kv')],
    ['context', value('context_length')],
  ] as const;
  return rows
    .filter(([, number]) => number !== undefined)
    .map(([name, number]) => `${name.padEnd(14)}${String(number)}`);
}

function formatCount(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(2)} billion` : `${(count / 1e6).toFixed(1)} million`;
}
