import { ForetokenError } from '@foretoken/core';

/**
 * Imports a part of `@foretoken/server`, which is installed beside this package where it is wanted: decoding alone does
 * without a web framework.
 *
 * @throws {ForetokenError} `no-server` where it is not installed.
 */
export async function ofServer<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ForetokenError('This needs the server, which is not installed: npm install @foretoken/server', {
      code: 'no-server',
      cause: error,
    });
  }
}

/** Like `ofServer`, for what is done without the server too: `undefined` where it is not installed. */
export async function ofServerIfThere<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether the package itself can't be found, not one that it needs. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes("'@foretoken/server'")
  );
}
