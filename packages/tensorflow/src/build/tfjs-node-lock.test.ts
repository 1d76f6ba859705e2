import { expect, it } from 'vitest';
import { TFJS_NODE_VERSION } from './pinned-release.js';
import lock from './tfjs-node-lock.json' with { type: 'json' };

it('pins the release that is built, and every package it needs by its hash', () => {
  const { '': root, ...packages } = lock.packages;
  expect(root.dependencies['@tensorflow/tfjs-node']).toBe(TFJS_NODE_VERSION);
  expect(packages['node_modules/@tensorflow/tfjs-node'].version).toBe(TFJS_NODE_VERSION);
  for (const [name, found] of Object.entries(packages)) {
    expect(found, name).toMatchObject({ version: expect.any(String), integrity: expect.stringMatching(/^sha512-/) });
  }
});
