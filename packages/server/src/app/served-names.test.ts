import { createServer, type RunningServer, type ServerConfiguration } from '@foretoken/server';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { testConfiguration } from '../openai/testing/configuration.js';
import { ScriptedEngine } from '../openai/testing/scripted-engine.js';
import { smallText } from '../openai/testing/small-text.js';

let server: RunningServer | undefined;
afterEach(() => server?.close({ deadline: 0 }));

async function serve(changes: Partial<ServerConfiguration>): Promise<OpenAI> {
  const configuration = testConfiguration({ model: 'path/of/the/model.gguf', ...changes });
  server = await createServer(configuration, { engine: new ScriptedEngine(), text: smallText() });
  await server.ready;
  return new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0 });
}

const ask = async (client: OpenAI, model: string): Promise<string> =>
  (await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'x' }] })).model;

describe('names of the served model', () => {
  it('are its own and where it came from', async () => {
    const client = await serve({});
    expect(await ask(client, 'scripted')).toBe('scripted');
    expect(await ask(client, 'path/of/the/model.gguf')).toBe('scripted');
    await expect(ask(client, 'gpt-4o')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('can be several', async () => {
    const client = await serve({ aliases: ['gpt-4o', 'my/model'] });
    for (const name of ['scripted', 'gpt-4o', 'my/model']) {
      expect(await ask(client, name)).toBe(name);
      expect(await client.models.retrieve(name)).toMatchObject({ id: name, object: 'model' });
      const body = { model: name, prompt: 'x' };
      expect(await client.completions.create(body)).toMatchObject({ model: name });
      expect(await client.responses.create({ model: name, input: 'x' })).toMatchObject({ model: name });
    }
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['scripted', 'gpt-4o', 'my/model']);
    await expect(ask(client, 'gpt-4')).rejects.toThrow(/"scripted", "gpt-4o", "my\/model"/);
  });

  it('can be any', async () => {
    const client = await serve({ anyModel: true });
    expect(await ask(client, 'gpt-5')).toBe('gpt-5');
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['scripted']);
  });
});

describe('what does not exist', () => {
  it.each([
    ['POST', '/chat/completions', /base URL lacks \/v1/],
    ['GET', '/models', /GET \/v1\/models/],
    ['GET', '/v1/health', /GET \/health/],
    ['GET', '/slots', /GET \/metrics/],
  ])('%s %s is answered with what to do', async (method, path, advice) => {
    await serve({});
    const response = await fetch(`${server!.url}${path}`, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { message: expect.stringMatching(advice), type: 'invalid_request_error', param: null, code: 'not_found' },
    });
  });

  it.each(['/api/tags', '/api/chat', '/api/version'])("%s is answered as Ollama's clients read it", async (path) => {
    await serve({});
    const response = await fetch(`${server!.url}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: expect.stringContaining('OpenAI-compatible') });
  });
});
