import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfigurationError,
  type ConfigurationFlags,
  completeConfiguration,
  hashApiKey,
  loadConfiguration,
  SETTINGS,
  type ServerConfiguration,
} from '@foretoken/server/configuration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let written = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-configuration-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, `${written++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function load(from: {
  readonly file?: string;
  readonly environment?: Record<string, string>;
  readonly flags?: ConfigurationFlags;
}): ServerConfiguration {
  return loadConfiguration({ environment: {}, flags: {}, ...from });
}

function refusal(from: Parameters<typeof load>[0]): ConfigurationError {
  try {
    load(from);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('precedence', () => {
  it('has defaults for everything', () => {
    expect(load({})).toEqual({
      ...{ model: 'smollm2-135m-instruct', aliases: [], anyModel: false, host: '127.0.0.1', port: 8080 },
      engine: {
        ...{ device: 'auto', kvPrecision: 'float32', engines: 1, sequences: 8, maxQueue: 64 },
        ...{ draft: 'auto', controller: 'auto' },
        ...{ watchdog: 30_000, allowDownload: true },
      },
      security: {
        ...{ apiKeys: [], bodyLimit: 4 * 2 ** 20, corsOrigins: [], allowedHosts: [], trustedProxies: 0 },
        ...{ shareDrafts: false, sharePrefixes: false, openMetrics: false, allowAnonymous: false },
      },
      requests: { deadline: 600_000 },
      logging: { level: 'info', prompts: false },
      ...{ shutdownDeadline: 30_000, dashboard: true },
    });
  });

  it('takes flags over environment over file over defaults, each setting for itself', () => {
    const path = file({ port: 1, host: 'localhost', engine: { engines: 2, maxQueue: 3, sequences: 4 } });
    const environment = { FORETOKEN_PORT: '5', FORETOKEN_ENGINES: '6', FORETOKEN_UNRELATED_SERVICE_HOST: '10.0.0.1' };
    const { port, host, engine } = load({ file: path, environment, flags: { port: '7' } });
    expect({ port, host, engine }).toMatchObject({
      ...{ port: 7, host: 'localhost' },
      engine: { engines: 6, maxQueue: 3, sequences: 4, watchdog: 30_000 },
    });
  });

  it('finds the file by its variable, unless a flag names another', () => {
    const environment = { FORETOKEN_CONFIG: file({ port: 1 }) };
    expect(load({ environment }).port).toBe(1);
    expect(load({ environment, file: file({ port: 2 }) }).port).toBe(2);
  });

  it('completes a part', () => {
    expect(completeConfiguration({ port: 0, engine: { engines: 2 } })).toMatchObject({
      port: 0,
      engine: { engines: 2, sequences: 8 },
    });
  });
});

describe('reading', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('reads the switch %s', (text, value) => {
    expect(load({ environment: { FORETOKEN_DASHBOARD: text } }).dashboard).toBe(value);
  });

  it('reads lists: repeated flags, commas in variables', () => {
    const environment = { FORETOKEN_CORS_ORIGINS: 'https://a.example, https://b.example' };
    expect(load({ environment }).security.corsOrigins).toEqual(['https://a.example', 'https://b.example']);
    const flags = { 'cors-origin': ['https://c.example', '*'] };
    expect(load({ environment, flags }).security.corsOrigins).toEqual(['https://c.example', '*']);
  });

  it.each(['FORETOKEN_THREADS', 'FORETOKEN_NVRTC', 'FORETOKEN_CUDA_DRIVER', 'OTHER_PORT'])(
    'leaves %s to those who read it',
    (variable) => {
      expect(load({ environment: { [variable]: '2' } })).toEqual(load({}));
    },
  );

  it.each<[string, Parameters<typeof load>[0]]>([
    ['a flag', { flags: { 'kv-precision': 'float16' } }],
    ['a variable', { environment: { FORETOKEN_KV_PRECISION: 'float16' } }],
    ['both', { flags: { 'kv-precision': 'float16' }, environment: { FORETOKEN_KV_PRECISION: 'float32' } }],
  ])('takes the precision of keys and values from %s', (_source, from) => {
    expect(load(from).engine.kvPrecision).toBe('float16');
  });

  it.each<[string, Parameters<typeof load>[0], readonly string[], boolean]>([
    ['flags', { flags: { alias: ['gpt-4o', 'my/model'] } }, ['gpt-4o', 'my/model'], false],
    ['a variable', { environment: { FORETOKEN_ALIASES: 'gpt-4o, gpt-5' } }, ['gpt-4o', 'gpt-5'], false],
    ['a switch', { flags: { 'any-model': true } }, [], true],
  ])('takes further names of the model from %s', (_source, from, aliases, anyModel) => {
    expect(load(from)).toMatchObject({ aliases, anyModel });
  });

  it('takes an empty variable for none', () => {
    expect(load({ environment: { FORETOKEN_PORT: '' } }).port).toBe(8080);
  });

  it('hashes keys at once and keeps no plain one', () => {
    const { security } = load({ environment: { FORETOKEN_API_KEYS: 'first,second' } });
    expect(security.apiKeys).toEqual([
      { name: 'environment-1', sha256: hashApiKey('first') },
      { name: 'environment-2', sha256: hashApiKey('second') },
    ]);
    const flagged = load({ flags: { 'api-key': ['third'] } });
    expect(flagged.security.apiKeys).toEqual([{ name: 'flag-1', sha256: hashApiKey('third') }]);
    expect(JSON.stringify([security, flagged])).not.toMatch(/first|second|third/);
  });

  it('takes keys with commas or spaces as flags only where they are one word', () => {
    expect(load({ flags: { 'api-key': ['a,b'] } }).security.apiKeys).toHaveLength(1);
    expect(refusal({ flags: { 'api-key': ['a b'] } }).message).not.toContain('a b');
  });

  it("heeds OpenTelemetry's variable after its own", () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(load({ environment }).tracingEndpoint).toBe('http://collector:4318');
    const own = { ...environment, FORETOKEN_TRACING_ENDPOINT: 'http://other:4318' };
    expect(load({ environment: own }).tracingEndpoint).toBe('http://other:4318');
  });

  it('overlooks what Kubernetes adds for a service that is called foretoken', () => {
    const environment = {
      FORETOKEN_PORT: 'tcp://10.0.0.1:8080',
      FORETOKEN_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      FORETOKEN_PORT_8080_TCP_ADDR: '10.0.0.1',
      FORETOKEN_SERVICE_PORT_HTTP: '8080',
      FORETOKEN_SERVICE_HOST: '10.0.0.1',
    };
    expect(load({ environment }).port).toBe(8080);
  });
});

describe('refusing', () => {
  it.each<[string, Parameters<typeof load>[0], string, string]>([
    ['a flag', { flags: { port: '80x' } }, 'port, from --port, can\'t be "80x"', 'a whole number from 0 to 65535'],
    ['a variable', { environment: { FORETOKEN_ENGINES: '0' } }, "from FORETOKEN_ENGINES, can't be 0", 'from 1 to 64'],
    ['a switch', { environment: { FORETOKEN_DASHBOARD: 'maybe' } }, 'can\'t be "maybe"', 'true or false'],
    ['a draft', { flags: { draft: 'magic' } }, 'engine.draft, from --draft', 'early-exit:N'],
    [
      'a precision',
      { flags: { 'kv-precision': 'float8' } },
      'kvPrecision, from --kv-precision',
      'it must be float32, float16',
    ],
    ['an origin', { flags: { 'cors-origin': ['example.com'] } }, '["example.com"]', 'https://chat.example.com'],
    ['threads', { environment: { FORETOKEN_THREADS: 'abc' } }, 'but is "abc"', 'from 1 to 1024'],
    ['no threads', { environment: { FORETOKEN_THREADS: '0' } }, 'but is "0"', 'from 1 to 1024'],
    ['half a thread', { environment: { FORETOKEN_THREADS: '2.5' } }, 'but is "2.5"', 'from 1 to 1024'],
    ['instructions', { environment: { FORETOKEN_INSTRUCTIONS: 'sse' } }, 'but is "sse"', 'must be one of portable,'],
    ['an unknown variable', { environment: { FORETOKEN_MAX_QUEU: '3' } }, 'FORETOKEN_MAX_QUEU', 'no setting'],
    ['an unknown flag', { flags: { speed: '3' } }, '--speed', 'no flag'],
  ])('%s', (_name, from, first, second) => {
    const { message, code } = refusal(from);
    expect(code).toBe('invalid-configuration');
    expect(message).toContain(first);
    expect(message).toContain(second);
  });

  it.each<[string, unknown, string]>([
    ['a wrong type', { port: '8080' }, 'can\'t be "8080"'],
    ['null', { port: null }, "can't be null"],
    ['an unknown setting', { engine: { size: 3 } }, '"engine.size", which is no setting'],
    ['an unknown group', { speed: {} }, '"speed", which is no setting'],
    ['a group that is none', { engine: 3 }, '"engine" in'],
    ['a list', [], 'must be an object'],
    ['no JSON', '{"port": 1,}', 'is not valid JSON'],
    ['a prototype', '{"__proto__": {"port": 1}}', '"__proto__", which is no setting'],
    ['a plain key', { security: { apiKeys: ['secret-key'] } }, 'security.apiKeys'],
    ['a key twice', { security: { apiKeys: [key('a'), key('a')] } }, 'with different names'],
  ])('%s in a file', (_name, content, expected) => {
    const path = file(content);
    const { message } = refusal({ file: path });
    expect(message).toContain(expected);
    expect(message).toContain(path);
    expect(message).not.toContain('secret-key');
  });

  it('a file that is not there', () => {
    expect(refusal({ file: join(folder, 'none.json') }).message).toContain('none.json');
  });

  it('tells everything that is wrong at once, also what another source overrules', () => {
    const { problems } = refusal({
      file: file({ port: -1 }),
      environment: { FORETOKEN_PORT: 'x' },
      flags: { port: '8080', host: '' },
    });
    expect(problems.map(({ setting }) => setting)).toEqual(['port', 'port', 'host']);
  });

  it('an open door: another address than loopback without a key', () => {
    const { message } = refusal({ flags: { host: '0.0.0.0' } });
    expect(message).toContain('--allow-anonymous');
    expect(load({ flags: { host: '0.0.0.0', 'allow-anonymous': true } }).host).toBe('0.0.0.0');
    expect(load({ flags: { host: '0.0.0.0', 'api-key': ['k'] } }).host).toBe('0.0.0.0');
    expect(load({ flags: { host: '::1' } }).host).toBe('::1');
  });
});

describe('settings', () => {
  it('have names, flags and variables of their own', () => {
    for (const property of ['name', 'flag', 'environment'] as const) {
      expect(new Set(SETTINGS.map((setting) => setting[property])).size).toBe(SETTINGS.length);
    }
  });

  it('are everything that the configuration holds', () => {
    const leaves = (value: object, path: string): string[] =>
      Object.entries(value).flatMap(([key, inner]) =>
        typeof inner === 'object' && !Array.isArray(inner)
          ? leaves(inner as object, `${path}${key}.`)
          : `${path}${key}`,
      );
    const names = new Set(SETTINGS.map(({ name }) => name));
    expect(leaves(load({}), '').filter((name) => !names.has(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(30);
  });
});

function key(name: string): object {
  return { name, sha256: hashApiKey(name) };
}
