import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What `/completion` of llama-server answers, as far as it is read. */
export interface LlamaCompletion {
  readonly tokens: readonly number[];
  readonly timings: {
    readonly prompt_ms: number;
    readonly predicted_ms: number;
    /** Absent without guesses. */
    readonly draft_n?: number;
    readonly draft_n_accepted?: number;
  };
}

/** How long a server may take to load its model. */
const LONGEST_START_MILLISECONDS = 120_000;

/** A running llama-server with one sequence, on a port of this machine. */
export class LlamaServer {
  /** As the binary tells it. */
  readonly version: string;
  readonly #child: ChildProcess;
  readonly #address: string;

  private constructor(child: ChildProcess, address: string, version: string) {
    this.#child = child;
    this.#address = address;
    this.version = version;
  }

  /** Starts one and waits until it has loaded its model. Throws an `Error` where it ends or takes too long. */
  static async start(options: {
    /** Path of the program. */
    readonly binary: string;
    /** Path of the GGUF file. */
    readonly model: string;
    readonly threads: number;
    /** Tokens that prompt and answer may have together. */
    readonly contextLength: number;
    /** Options of the way of guessing. */
    readonly speculation: readonly string[];
  }): Promise<LlamaServer> {
    const { binary, model, threads, contextLength, speculation } = options;
    const version = await promisify(execFile)(binary, ['--version']);
    const port = await freePort();
    const size = ['-t', String(threads), '-c', String(contextLength), '-np', '1'];
    const place = ['--host', '127.0.0.1', '--port', String(port)];
    const child = spawn(binary, ['-m', model, ...size, ...place, ...speculation], { stdio: 'ignore' });
    // Without a listener a program that can't be run would end this process.
    child.on('error', () => undefined);
    const server = new LlamaServer(child, `http://127.0.0.1:${port}`, versionIn(version.stdout + version.stderr));
    const end = performance.now() + LONGEST_START_MILLISECONDS;
    while (!(await server.#isReady())) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        server.kill();
        throw new Error(`${binary} did not load ${model} (${child.signalCode ?? `exit code ${child.exitCode}`}).`);
      }
      await wait(50);
    }
    return server;
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /** The greedy continuation. Rejects with what the server answers else. */
  async complete(prompt: readonly number[], maximumTokens: number): Promise<LlamaCompletion> {
    const response = await fetch(`${this.#address}/completion`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ prompt, n_predict: maximumTokens, temperature: 0, top_k: 1, samplers: ['top_k'] },
        ...{ cache_prompt: false, return_tokens: true },
      }),
    });
    const value: unknown = await response.json();
    if (isCompletion(value)) return value;
    throw new Error(`llama-server answered ${response.status} ${JSON.stringify(value).slice(0, 200)}.`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.#address}/health`)).ok;
    } catch {
      return false;
    }
  }
}

function versionIn(text: string): string {
  return `llama.cpp ${/^version:\s*(.+)$/m.exec(text)?.[1] ?? 'of an unknown version'}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}

function isCompletion(value: unknown): value is LlamaCompletion {
  if (typeof value !== 'object' || value === null || !('tokens' in value) || !('timings' in value)) return false;
  const { tokens, timings } = value;
  if (!Array.isArray(tokens) || typeof timings !== 'object' || timings === null) return false;
  return 'prompt_ms' in timings && 'predicted_ms' in timings;
}
