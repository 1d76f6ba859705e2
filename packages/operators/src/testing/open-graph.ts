import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeTensorFlow, SavedModel } from '@foretoken/tensorflow';
import { encodeSavedModel } from '../../../backend/src/executors/graph/encode-saved-model.js';
import type { GraphBuilder } from '../../../backend/src/executors/graph/graph-builder.js';

/** Loads the signature `run` of a graph, as the engine loads its own. */
export async function openGraph(tf: NativeTensorFlow, graph: GraphBuilder): Promise<SavedModel> {
  const folder = await mkdtemp(join(tmpdir(), 'foretoken-operators-'));
  try {
    await writeFile(join(folder, 'saved_model.pb'), encodeSavedModel(graph.build()));
    return await tf.node.loadSavedModel(folder, ['serve'], 'run');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
