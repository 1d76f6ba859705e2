import type { NativeTensorFlow, SavedModel } from '@foretoken/tensorflow';
import type { GraphBuilder } from '../../../backend/src/executors/graph/graph-builder.js';
import { withSavedModel } from '../../../backend/src/executors/graph/with-saved-model.js';

/** Loads the signature `run` of a graph, as the engine loads its own. */
export function openGraph(tf: NativeTensorFlow, graph: GraphBuilder): Promise<SavedModel> {
  return withSavedModel(tf, graph.build(), (load) => load('run'));
}
