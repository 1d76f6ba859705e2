import { describe, expect, it } from 'vitest';
import { engineEnvironment } from './engine-environment.js';

const base = { PATH: '/bin' };

describe('engineEnvironment', () => {
  it('leaves everything to a single engine', () => {
    expect(engineEnvironment({ base, index: 0, engines: 1, cores: 8, gpus: ['0', '1'] })).toEqual(base);
  });

  it('gives each of several its part of the cores', () => {
    const of = (cores: number) => engineEnvironment({ base, index: 2, engines: 3, cores, gpus: [] });
    expect(of(8)).toEqual({ PATH: '/bin', FORETOKEN_THREADS: '2', TF_NUM_INTRAOP_THREADS: '2' });
    expect(of(2)).toMatchObject({ FORETOKEN_THREADS: '1' });
  });

  it('keeps what the environment says already', () => {
    const set = { ...base, FORETOKEN_THREADS: '5' };
    expect(engineEnvironment({ base: set, index: 0, engines: 2, cores: 8, gpus: [] })).toMatchObject({
      FORETOKEN_THREADS: '5',
      TF_NUM_INTRAOP_THREADS: '4',
    });
  });

  it('deals the GPUs out, again from the first when there are fewer', () => {
    const gpus = ['4', 'GPU-x'];
    const visible = [0, 1, 2].map(
      (index) => engineEnvironment({ base, index, engines: 3, cores: 8, gpus }).CUDA_VISIBLE_DEVICES,
    );
    expect(visible).toEqual(['4', 'GPU-x', '4']);
  });
});
