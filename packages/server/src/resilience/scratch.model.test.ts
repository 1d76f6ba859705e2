import { it } from 'vitest';
import { ask, question } from './testing/chat-client.js';
import { CONTEXT_LENGTH, warmUp } from './testing/health-check.js';
import { ServerProcess } from './testing/server-process.js';
import { settledMemory } from './testing/settled-memory.js';

it('x', async () => {
  const server = await ServerProcess.start({ engine: { contextLength: CONTEXT_LENGTH } });
  const show = async (w: string) => {
    const m = await settledMemory(server);
    console.log(w, (m.server / 2 ** 20).toFixed(1), (m.engine / 2 ** 20).toFixed(1));
  };
  await show('start');
  for (let i = 0; i < 3; i++) {
    await warmUp(server);
    await show('warm' + i);
  }
  for (let i = 0; i < 5; i++) {
    await Promise.all(
      Array.from({ length: 8 }, () =>
        ask(
          server.url,
          question('Tell a long story about a lighthouse.', {
            stream: true,
            max_tokens: 250,
            logprobs: true,
            top_logprobs: 20,
          }),
        ),
      ),
    );
    await show('logprobs' + i);
  }
  for (let i = 0; i < 5; i++) {
    await ask(server.url, question('x '.repeat(3 * 2 ** 19)));
    await ask(server.url, question('x'.repeat(5 * 2 ** 20)));
    await show('big' + i);
  }
  await server.close();
});
