import { type LoadedModel, loadModel } from '@foretoken/backend';
import { loadTensorFlow } from '@foretoken/tensorflow';
import type { ForwardWork } from './forward/forward-work.js';
import { weightBytes } from './forward/weight-bytes.js';
import { serveRequests } from './workers/serve-requests.js';

/** One process of `bench:forward`: TensorFlow runs on one device a process. */

interface Loaded {
  readonly model: LoadedModel['model'];
  readonly sequence: ReturnType<LoadedModel['model']['openSequence']>;
}

let loaded: Loaded | undefined;
let memory: { readonly bytes: number; readonly sum: () => Promise<void> } | undefined;

serveRequests<ForwardWork>({ load, forward, readMemory });

async function load({
  device,
  executor,
  prefix,
  model: reference,
}: Parameters<ForwardWork['load']>[0]): ReturnType<ForwardWork['load']> {
  const model = await loadModel(reference, { device, executor });
  const sequence = model.model.openSequence();
  const tokens = Int32Array.from({ length: prefix }, (_, i) => (i * 31 + 7) % model.model.vocabularySize);
  await model.model.forward([{ sequence, tokens, want: 'none' }]);
  sequence.commit([...tokens.keys()]);
  loaded = { model: model.model, sequence };
  return {
    name: model.name,
    device: model.device,
    executor: model.executor,
    versions: model.report.versions,
    weightBytes: weightBytes(model.configuration),
  };
}

async function forward(count: number): Promise<number> {
  if (loaded === undefined) throw new Error('No model is loaded in this process yet.');
  const { model, sequence } = loaded;
  const tokens = Int32Array.from({ length: count }, (_, i) => (i * 17 + 3) % model.vocabularySize);
  const started = performance.now();
  const { scores } = await model.forward([{ sequence, tokens, want: 'all' }]);
  // Reading the result waits for a device that works asynchronously.
  scores[0]?.argmax();
  const milliseconds = performance.now() - started;
  sequence.commit([]);
  return milliseconds;
}

async function readMemory(bytes: number): Promise<number> {
  if (memory?.bytes !== bytes) memory = await memoryOf(bytes);
  const started = performance.now();
  await memory.sum();
  return performance.now() - started;
}

async function memoryOf(bytes: number): Promise<NonNullable<typeof memory>> {
  const { tf } = await loadTensorFlow();
  // Two-dimensional, so that the reduction has rows to give to several threads.
  const columns = 2 ** 16;
  const tensor = tf.ones([bytes / Float32Array.BYTES_PER_ELEMENT / columns, columns]);
  return {
    bytes,
    sum: async () => {
      const sum = tf.sum(tensor, 1);
      await sum.data();
      sum.dispose();
    },
  };
}
