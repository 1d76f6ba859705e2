/** A client that means no good, in a thread of its own so that what it costs is not taken for what the server does. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { url, key, kind } = workerData;
const { hostname, port } = new URL(url);
const agent = new Agent({ keepAlive: true });
let over = false;
let requests = 0;
let next = 0;
const tally = {};

function post(path, body) {
  requests++;
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request({ hostname, port, path, method: 'POST', headers, agent }, (response) => {
      tally[response.statusCode] = (tally[response.statusCode] ?? 0) + 1;
      response.resume().on('close', resolve);
    });
    sent.on('error', resolve).end(body);
  });
}

const chat = (content, more = {}) => JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 16, ...more });
const CHAT = '/v1/chat/completions';
const bodies = {
  message: chat('a'.repeat(4_000_000)),
  words: chat('a b '.repeat(1_000_000)),
  prompt: JSON.stringify({ prompt: 'ab'.repeat(2_000_000) }),
  tokenize: JSON.stringify({ content: 'a'.repeat(150_000) }),
  keys: JSON.stringify(Object.fromEntries(Array.from({ length: 16_000 }, (_, i) => [`k${i}`, 1.5e300]))),
  messageKeys: chat('hello').replace('"role"', `${Array.from({ length: 16_000 }, (_, i) => `"k${i}":1.5e300`)},"role"`),
  tools: chat('hello', {
    tools: Array.from({ length: 100 }, (_, tool) => ({
      type: 'function',
      function: {
        name: `f${tool}`,
        parameters: {
          type: 'object',
          properties: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${tool}_${i}`, { minimum: 1e30 }])),
        },
      },
    })),
  }),
  slowTools: chat('hello', {
    tools: [
      {
        type: 'function',
        function: {
          name: 'f',
          parameters: {
            type: 'object',
            properties: {
              text: { type: 'string', pattern: '^(([a-m]|[h-z])*(aa|bb|cc)([a-m]|[h-z])*){1,8}$', maxLength: 256 },
            },
          },
        },
      },
    ],
  }),
  arguments: JSON.stringify({
    messages: [
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', function: { name: 'f', arguments: `{"a": [${'1.0,'.repeat(500_000)}1]}` } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'done' },
    ],
    tools: [{ type: 'function', function: { name: 'f' } }],
    max_tokens: 16,
  }),
  numbers: `{"tokens": [${'1,'.repeat(131_000)}1]}`,
  prediction: chat('hello', { prediction: { type: 'content', content: 'b '.repeat(1_000_000) } }),
};

/** An array of objects of strings, each with a length of its own: nothing that could have been compiled before. */
function slowSchema() {
  const properties = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`p${next}_${i}`, { type: 'string', maxLength: 200 }]),
  );
  next++;
  const schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
  return { response_format: { type: 'json_schema', json_schema: { name: 'slow', strict: true, schema } } };
}

const CLIENTS = {
  'messages of 4 MB': [2, () => post(CHAT, bodies.message)],
  'many words': [2, () => post(CHAT, bodies.words)],
  'prompts of 4 MB': [2, () => post('/v1/completions', bodies.prompt)],
  'texts to tokenise': [2, () => post('/tokenize', bodies.tokenize)],
  'bodies of many keys': [2, () => post(CHAT, bodies.keys)],
  'messages of many keys': [2, () => post(CHAT, bodies.messageKeys)],
  'many tools': [2, () => post(CHAT, bodies.tools)],
  'slow tools': [2, () => post(CHAT, bodies.slowTools)],
  'long arguments': [2, () => post(CHAT, bodies.arguments)],
  'many numbers': [2, () => post('/detokenize', bodies.numbers)],
  'predictions of 2 MB': [2, () => post(CHAT, bodies.prediction)],
  'slow schemas': [6, () => post(CHAT, chat('A list.', slowSchema()))],
  'fifty regexes': [50, () => post(CHAT, chat('Letters.', { guided_regex: `[a-z]{1,${5000 - (next++ % 2000)}}` }))],
  'long prompts': [8, () => post(CHAT, chat(`${next++} ${'some more words '.repeat(700)}`))],
  'forty requests': [40, () => post(CHAT, chat(`Write a story, number ${next++}.`, { max_tokens: 48 }))],
};

async function run() {
  if (kind === 'idle sockets') {
    const sockets = Array.from({ length: 1_000 }, () => connect(Number(port), hostname).on('error', () => {}));
    for (const socket of sockets) socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: localhost\r\n`);
    requests = sockets.length;
    while (!over) await wait(50);
    for (const socket of sockets) socket.destroy();
    return;
  }
  const [connections, send] = CLIENTS[kind];
  const client = async () => {
    while (!over) await send();
  };
  await Promise.all(Array.from({ length: connections }, client));
}

parentPort.on('message', () => {
  over = true;
  // Nobody waits for what is still queued.
  agent.destroy();
});
await run();
parentPort.postMessage({ requests, tally });
parentPort.close();
