import { loadTensorFlow } from '@foretoken/tensorflow';
import { expect, it } from 'vitest';

it('refuses values that are not allowed', async () => {
  await expect(loadTensorFlow({ threads: 0 })).rejects.toMatchObject({ code: 'invalid-option' });
  await expect(loadTensorFlow({ threads: 1.5 })).rejects.toMatchObject({ code: 'invalid-option' });
  const device = 'tpu' as 'cpu';
  await expect(loadTensorFlow({ device })).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringContaining('"tpu"'),
  });
});
