import { expect, it } from 'vitest';
import { ofServer, ofServerIfThere } from './server-package.js';

function missing(name: string): () => Promise<never> {
  const error = Object.assign(new Error(`Cannot find package '${name}' imported from here`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  return () => Promise.reject(error);
}

it('says that the server is not installed, and keeps what the import said', async () => {
  await expect(ofServer(missing('@foretoken/server'))).rejects.toMatchObject({
    code: 'no-server',
    cause: expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' }),
  });
  await expect(ofServerIfThere(missing('@foretoken/server'))).resolves.toBeUndefined();
});

it('passes on what else fails, a package that the server misses too', async () => {
  await expect(ofServer(missing('express'))).rejects.toThrow('express');
  await expect(ofServerIfThere(missing('express'))).rejects.toThrow('express');
});
