import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeTensorFlow, SavedModel } from '@foretoken/tensorflow';
import { encodeSavedModel } from './encode-saved-model.js';
import type { GraphDefinition } from './graph-definition.js';

/**
 * Lets `use` load signatures of a graph, which is on disk meanwhile. They share a session with its variables, which lives
 * as long as one of them does: keep the first.
 */
export async function withSavedModel<Result>(
  tf: NativeTensorFlow,
  { nodes, signatures }: GraphDefinition,
  use: (load: (signature: string) => Promise<SavedModel>) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'foretoken-graph-'));
  const write = (graph: GraphDefinition): Promise<void> =>
    writeFile(join(folder, 'saved_model.pb'), encodeSavedModel(graph));
  let hasSession = false;
  try {
    await write({ nodes, signatures });
    return await use(async (signature) => {
      const loaded = await tf.node.loadSavedModel(folder, ['serve'], signature);
      // The session has the graph by now. Further signatures are only read, so that nodes need not be parsed again.
      try {
        if (!hasSession) await write({ nodes: [], signatures });
      } catch (error) {
        loaded.dispose();
        throw error;
      }
      hasSession = true;
      return loaded;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
