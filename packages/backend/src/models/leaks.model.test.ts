import { loadTensorFlow } from '@foretoken/tensorflow';
import { describe, expect, it } from 'vitest';
import { randomModel } from './testing/random-model.js';

const FORWARDS = 2000;
/** Forwards before memory is looked at: by then code is compiled, and heaps and arenas have the size they keep. */
const WARM_UP = 2000;
/** Growth that is noise of the allocator, not a leak: of 12 KB a forward, at the most. */
const MEMORY_SLACK = 24 * 2 ** 20;

describe.each(['fused', 'graph', 'eager'] as const)('%s executor', (executor) => {
  it(`holds no more tensors and memory after ${FORWARDS} forwards`, { timeout: 300_000 }, async () => {
    const { tf } = await loadTensorFlow({ device: 'cpu' });
    const { binding } = tf.backend() as object as { readonly binding: { getNumOfTensors(): number } };
    const model = await randomModel('llama', { executor, slots: 3 });
    const round = async (index: number): Promise<void> => {
      const sequence = model.openSequence();
      await model.forward([{ sequence, tokens: Int32Array.of(1, 2, 3, 4), want: 'none' }]);
      sequence.commit([0, 1, 2, 3]);
      const fork = sequence.fork();
      const { scores } = await model.forward([
        { sequence, tokens: Int32Array.of(5, 6, 7), parents: Int32Array.of(-1, 0, 0), want: 'all' },
        { sequence: fork, tokens: Int32Array.of(8 + (index % 8)), want: 'last' },
      ]);
      scores[0]?.argmax();
      scores[1]?.row(0);
      sequence.commit([0, 2]);
      fork.close();
      sequence.close();
    };
    const counts: number[] = [];
    const memory: number[] = [];
    let index = 0;
    for (const forwards of [WARM_UP, FORWARDS]) {
      for (let done = 0; done < forwards; done += 2) await round(index++);
      counts.push(binding.getNumOfTensors());
      memory.push(process.memoryUsage().rss);
    }
    // The graph executor keeps everything in variables of its session and hands out no tensor.
    if (executor !== 'eager') expect(counts[0]).toBe(0);
    else expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(counts[0]);
    expect(memory[1]! - memory[0]!).toBeLessThan(MEMORY_SLACK);
    const before = binding.getNumOfTensors();
    model.close();
    if (executor === 'eager') expect(binding.getNumOfTensors()).toBeLessThan(before);
  });
});
