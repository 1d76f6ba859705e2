import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** Loads the model in a bare process, where no test runner's memory is mixed in, and prints the bytes. */
const MEASURE = `
import { readFileSync } from 'node:fs';
import { loadModel, openWeights, resolveModel } from '@foretoken/core/tensorflow';
import { loadTensorFlow } from '@foretoken/tensorflow';

// Memory that the process holds for itself; pages of libraries, which the kernel drops at will, aside.
const memory = () => 1024 * Number(/^RssAnon:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const file = await openWeights((await resolveModel('smollm2-135m-instruct')).weights);
let weights = 0;
for (const { shape } of file.tensors.values()) weights += shape.reduce((product, size) => product * size, 4);
await file.close();
const { tf } = await loadTensorFlow({ device: 'cpu' });
tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
const before = memory();
let peak = 0;
const executor = process.argv[1];
await loadModel('smollm2-135m-instruct', { device: 'cpu', executor, onWeightsLoaded: () => { peak = Math.max(peak, memory()); } });
console.log(JSON.stringify({ weights, peak: peak - before }));
`;

async function measure(executor: 'fused' | 'graph'): Promise<{ weights: number; peak: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', MEASURE, executor]);
  return JSON.parse(stdout);
}

describe.runIf(process.platform === 'linux')('memory while loading', () => {
  it('is at most a quarter more than the float32 weights of the graph', async () => {
    const { weights, peak } = await measure('graph');
    expect(weights).toBeGreaterThan(500e6);
    expect(peak / weights).toBeGreaterThan(1);
    expect(peak / weights).toBeLessThan(1.25);
  });

  it('is next to nothing where the fused operators map the file', async () => {
    const { peak } = await measure('fused');
    expect(peak).toBeLessThan(60e6);
  });
});
