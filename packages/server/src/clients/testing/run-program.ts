import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { InstalledClients } from './install-clients.js';

/** What a scenario of a program came to. */
export type Told =
  | {
      readonly kind: 'done';
      readonly calls?: readonly { readonly name: string; readonly arguments: unknown }[];
      readonly answer?: string;
      readonly forms?: readonly unknown[];
    }
  | { readonly kind: 'failed'; readonly error: string };

/** Runs a program of `programs` beside the installed clients against a server; gives what it told, by scenario. */
export async function runProgram(
  program: string,
  options: {
    readonly clients: InstalledClients & { readonly kind: 'installed' };
    readonly url: string;
    readonly model: string;
  },
): Promise<Readonly<Record<string, Told>>> {
  const { clients, url, model } = options;
  const folder = await mkdtemp(join(tmpdir(), 'foretoken-clients-'));
  try {
    await cp(fileURLToPath(new URL('./programs', import.meta.url)), folder, { recursive: true });
    await symlink(clients.nodeModules, join(folder, 'node_modules'));
    const child = spawn(program.endsWith('.py') ? 'python3' : process.execPath, [program], {
      cwd: folder,
      env: {
        ...process.env,
        SERVER_URL: `${url}/v1`,
        SERVER_MODEL: model,
        PYTHONPATH: clients.pythonPath,
        PYTHONDONTWRITEBYTECODE: '1',
        // Its list of prices would be fetched.
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [told, complaints, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaints}`);
    return JSON.parse(told);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
