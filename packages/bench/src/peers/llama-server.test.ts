import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LlamaServer } from './llama-server.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-llama-server-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that takes the options of llama-server, and answers a completion with what it was asked and started with. */
async function program(completion: string): Promise<string> {
  const path = join(folder, 'llama-server');
  await writeFile(
    path,
    `#!${process.execPath}
    const { createServer } = require('node:http');
    if (process.argv[2] === '--version') { console.log('version: 7 (abc)'); process.exit(); }
    const options = process.argv.slice(2);
    if (options.includes('broken.gguf')) process.exit(3);
    const asked = Date.now();
    createServer(async (request, response) => {
      if (request.url === '/health') { response.statusCode = Date.now() - asked > 100 ? 200 : 503; response.end('{}'); return; }
      let text = '';
      for await (const part of request) text += part;
      const body = JSON.parse(text);
      response.end(JSON.stringify(${completion}));
    }).listen(Number(options[options.indexOf('--port') + 1]), '127.0.0.1');`,
  );
  await chmod(path, 0o755);
  return path;
}

const options = { model: 'model.gguf', threads: 3, contextLength: 99, speculation: ['--spec-type', 'ngram-mod'] };

it('waits until the model is loaded, and hands on tokens, limit and options', async () => {
  const answer = `{ tokens: [...body.prompt, body.n_predict, options.length], timings: { prompt_ms: 1, predicted_ms: 2 } }`;
  const server = await LlamaServer.start({ binary: await program(answer), ...options });
  try {
    expect(server.version).toBe('llama.cpp 7 (abc)');
    const { tokens } = await server.complete([4, 5], 6);
    // -m, -t, -c, -np, --host and --port with a value each, and the two of the speculation.
    expect(tokens).toEqual([4, 5, 6, 14]);
  } finally {
    server.kill();
  }
});

it('rejects with what the server answers instead of a completion', async () => {
  const server = await LlamaServer.start({ binary: await program(`{ error: 'too long' }`), ...options });
  try {
    await expect(server.complete([1], 1)).rejects.toThrow('too long');
  } finally {
    server.kill();
  }
});

it('rejects when the program ends while it loads', async () => {
  const start = LlamaServer.start({ binary: await program('{}'), ...options, model: 'broken.gguf' });
  await expect(start).rejects.toThrow('did not load broken.gguf (exit code 3)');
});
