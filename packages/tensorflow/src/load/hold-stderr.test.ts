import { expect, it } from 'vitest';
import { withoutNoise } from './hold-stderr.js';

it('drops the two lines of every start and nothing else', () => {
  const text = [
    'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
    'I0000 00:00:1.2    9091 port.cc:153] oneDNN custom operations are on. You may see slightly different results.',
    'E0000 00:00:1.3    9091 cuda_platform.cc:52] failed call to cuInit: INTERNAL',
    '',
  ].join('\n');
  expect(withoutNoise(text)).toBe('E0000 00:00:1.3    9091 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n');
  expect(withoutNoise('')).toBe('');
});
