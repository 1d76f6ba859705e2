import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** Loads the model in a bare process, where no test runner's memory is mixed in, and prints the bytes. */
const MEASURE = `
import { readFileSync, statSync } from 'node:fs';
import { loadModel, openWeights, resolveModel } from '@foretoken/backend';
import { loadTensorFlow } from '@foretoken/tensorflow';

const read = (what) => 1024 * Number(new RegExp('^' + what + ':\\\\s+([0-9]+)', 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]);
// Memory that the process holds for itself; pages of libraries, which the kernel drops at will, aside.
const memory = () => read('RssAnon');
const path = (await resolveModel('smollm2-135m-instruct')).weights;
const file = await openWeights(path);
let weights = 0;
for (const { shape } of file.tensors.values()) weights += shape.reduce((product, size) => product * size, 4);
await file.close();
const { tf } = await loadTensorFlow({ device: 'cpu' });
tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
const before = memory();
let peak = 0;
const executor = process.argv[1];
const { model, tokenizer } = await loadModel('smollm2-135m-instruct', { device: 'cpu', executor, onWeightsLoaded: () => { peak = Math.max(peak, memory()); } });
const tokens = Int32Array.from(tokenizer.encode('The capital of France is'));
const { scores } = await model.forward([{ sequence: model.openSequence(), tokens, want: 'last' }]);
const next = tokenizer.tokenText(scores[0].argmax()[0]);
const resident = read('VmRSS');
console.log(JSON.stringify({ weights, peak: peak - before, resident, file: statSync(path).size, next }));
`;

interface Measured {
  /** Bytes of all weights as float32. */
  readonly weights: number;
  /** Most bytes that loading took for itself. */
  readonly peak: number;
  /** Resident bytes of the process after its first pass, which uses every weight. */
  readonly resident: number;
  /** Bytes of the model's file. */
  readonly file: number;
  /** What the model says after that. */
  readonly next: string;
}

async function measure(executor: 'fused' | 'graph'): Promise<Measured> {
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

  it('leaves less resident after a pass than a fifth more than the file and 220 MB, and a model that answers', async () => {
    const { resident, file, next } = await measure('fused');
    expect(resident).toBeGreaterThan(100e6);
    expect(resident).toBeLessThan(1.2 * file + 220e6);
    expect(next).toBe(' Paris');
  });
});
