import { describe, expect, it } from 'vitest';
import { fakeDecoder } from './testing/fake-decoder.js';
import { runWith } from './testing/test-context.js';

const words = () => ['Hello', ' there', ',', ' you'];

describe('demo', () => {
  const answerOf = (outputs: (draft: string | undefined) => readonly string[]) =>
    fakeDecoder({ answer: ({ options }) => outputs(options.draft) });

  it('answers each prompt twice, compares, and closes with a table', async () => {
    const decoder = answerOf(words);
    const encode = decoder.encode;
    const short = { ...decoder, encode: (prompt: Parameters<typeof encode>[0]) => encode(prompt).subarray(0, 50) };
    const run = await runWith(['demo'], {
      decoder: { ...short },
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('Identical outputs: 5 of 5.');
    expect(run.stdout).toContain('cpu (TensorFlow 2.21.0, 2 threads); not cuda: No NVIDIA driver answers');
    expect(run.stdout).toMatch(/^all +yes +50\.0 +100\.0 +2\.00x +50\.0 % +2\.00$/m);
    expect(run.stdout).not.toContain('\u001B');
    expect(decoder.calls.map((call) => call.options.draft).slice(2, 6)).toEqual(['none', 'auto', 'none', 'auto']);
  });

  it('colours accepted guesses and says where outputs differ', async () => {
    const decoder = answerOf((draft) => (draft === 'none' ? ['a', 'b'] : ['a', 'b', 'c']));
    const run = await runWith(['demo'], {
      decoder: { ...decoder, encode: () => Int32Array.of(1) },
      environment: { FORCE_COLOR: '1' },
    });
    expect(run.stdout).toContain('a\u001B[32mb\u001B[39mc');
    expect(run.stdout).toContain('DIFFERENT from token 2 on');
    expect(run.stdout).toContain('Identical outputs: 0 of 5.');
  });
});
