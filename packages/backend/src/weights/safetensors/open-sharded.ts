import { dirname, join } from 'node:path';
import { openFileSource } from '../byte-source.js';
import { closeAll, joinWeights } from '../joined-weights.js';
import { openPart } from '../open-part.js';
import type { MetadataValue, WeightsFile } from '../weights-file.js';
import { WeightsFormatError } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';
import { openSafetensors } from './open-safetensors.js';
import { parseJsonObject } from './strict-json.js';

/**
 * Opens the shards that a `model.safetensors.index.json` names; they must lie beside it. A tensor comes from the
 * shard that the index gives for it, and each must be there.
 */
export async function openSharded(indexPath: string, limits: WeightsLimits): Promise<WeightsFile> {
  const shardOf = await readIndex(indexPath, limits);
  const shards = new Map<string, WeightsFile>();
  try {
    for (const shard of new Set(shardOf.values())) {
      const path = join(dirname(indexPath), shard);
      const missing = `${indexPath} names ${path}, which can't be opened. Fetch it.`;
      shards.set(shard, await openPart(path, missing, (source) => openSafetensors(source, limits)));
    }
    return joinShards(indexPath, shardOf, shards);
  } catch (error) {
    await closeAll(shards.values());
    throw error;
  }
}

/** Which shard holds each tensor. */
async function readIndex(indexPath: string, limits: WeightsLimits): Promise<Map<string, string>> {
  const source = await openFileSource(indexPath);
  let text: string;
  try {
    enforceLimit(limits, 'maxHeaderBytes', source.size, `The size of ${indexPath}`);
    text = new TextDecoder().decode(await source.read(0, source.size));
  } finally {
    await source.close();
  }
  return parseIndex(text, indexPath, limits);
}

/** Reads the `weight_map` of an index; shard names must be plain file names. */
export function parseIndex(text: string, indexPath: string, limits: WeightsLimits): Map<string, string> {
  const { weight_map: map } = parseJsonObject(text, indexPath);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new WeightsFormatError('weights-malformed', `${indexPath} has no weight_map.`);
  }
  const entries: [string, unknown][] = Object.entries(map);
  enforceLimit(limits, 'maxTensors', entries.length, 'The number of tensors');
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of entries) shardOf.set(tensor, safeShardName(shard, tensor, indexPath));
  enforceLimit(limits, 'maxShards', new Set(shardOf.values()).size, 'The number of shards');
  return shardOf;
}

function safeShardName(shard: unknown, tensor: string, indexPath: string): string {
  if (typeof shard !== 'string' || shard === '') {
    throw new WeightsFormatError(
      'weights-malformed',
      `${indexPath} names no shard for tensor ${JSON.stringify(tensor)}.`,
    );
  }
  // Separators of every system and drive letters are refused everywhere, so that a file is as safe on one as on the other.
  if (/[/\\:\0]/.test(shard) || shard === '.' || shard === '..') {
    throw new WeightsFormatError(
      'weights-unsafe-path',
      `${indexPath} names the shard ${JSON.stringify(shard)}; a shard must be a file beside the index. Don't use this file.`,
      { shard },
    );
  }
  return shard;
}

function joinShards(
  indexPath: string,
  shardOf: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, WeightsFile>,
): WeightsFile {
  const metadata = new Map<string, MetadataValue>();
  const holders = new Map<string, WeightsFile>();
  for (const [name, shard] of shardOf) {
    const holder = shards.get(shard);
    if (!holder?.tensors.has(name)) {
      throw new WeightsFormatError(
        'weights-malformed',
        `${indexPath} places tensor ${JSON.stringify(name)} in ${shard}, which doesn't have it.`,
        { tensor: name, shard },
      );
    }
    holders.set(name, holder);
  }
  for (const shard of shards.values()) for (const [key, value] of shard.metadata) metadata.set(key, value);
  return joinWeights({ name: indexPath, format: 'safetensors', metadata, holders, files: [...shards.values()] });
}
