import { StepFailure } from './failure.mjs';
import { manifest } from './workspace.mjs';

/** Refuses a Node.js older than the floor that package.json names. */
export function requireNode() {
  const floor = /(\d+)\.(\d+)/.exec(manifest.engines.node);
  if (!floor) throw new Error(`engines.node in package.json is ${manifest.engines.node}, expected ">=major.minor"`);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [floorMajor, floorMinor] = [Number(floor[1]), Number(floor[2])];
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return;
  throw new StepFailure(
    `foretoken needs Node.js ${manifest.engines.node}; this is ${process.versions.node} (${process.execPath}).`,
    'Install a newer Node.js, for example with "nvm install", and run the command again.',
  );
}
