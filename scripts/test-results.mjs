import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packages, root } from './bootstrap/workspace.mjs';

/**
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} failures The names of what failed.
 * @property {string[]} skipped The names of what did not run.
 *
 * @typedef {{ name: string, status: string, assertionResults: { status: string, fullName: string }[] }} TestFile
 */

/** Where vitest.shared.ts has each package write its results; turbo keeps and restores them with the task. */
const FOLDER = '.test-results';

/** Removes earlier results, so that a run which writes none isn't counted with those of the run before. */
export async function clearResults() {
  await Promise.all(packages.map((folder) => rm(join(root, folder, FOLDER), { recursive: true, force: true })));
}

/**
 * Adds up the results of all packages. A test file that does not load counts as one failure; so does a package that has
 * tests and wrote no results, and a failed run in which every test passed. A skipped test is none that passed.
 *
 * @param {'unit' | 'model'} kind
 * @param {{ failed: boolean }} run
 * @returns {Promise<Totals>}
 */
export async function countResults(kind, { failed }) {
  /** @type {Totals} */
  const totals = { passed: 0, failed: 0, failures: [], skipped: [] };
  for (const folder of packages) {
    const file = join(root, folder, FOLDER, `${kind}.json`);
    if (existsSync(file)) {
      const results = JSON.parse(await readFile(file, 'utf8'));
      totals.passed += results.numPassedTests;
      totals.failed += results.numFailedTests + results.testResults.filter(didNotLoad).length;
      totals.failures.push(...results.testResults.flatMap(failuresOf));
      totals.skipped.push(...results.testResults.flatMap(skippedOf));
    } else if (hasTests(folder, kind)) {
      console.error(`✖ ${folder} has ${kind} tests but wrote no results.`);
      totals.failed += 1;
    }
  }
  if (failed && totals.failed === 0) totals.failed = 1;
  return totals;
}

/** @param {TestFile} file */
function failuresOf(file) {
  return didNotLoad(file) ? [relative(root, file.name)] : testsOf(file, 'failed');
}

/** @param {TestFile} file */
function skippedOf(file) {
  return didNotLoad(file) ? [] : testsOf(file, 'skipped');
}

/**
 * @param {TestFile} file
 * @param {'failed' | 'skipped'} wanted
 */
function testsOf(file, wanted) {
  return file.assertionResults
    .filter(({ status }) => status === wanted)
    .map(({ fullName }) => `${relative(root, file.name)}: ${fullName}`);
}

/** @param {TestFile} file */
function didNotLoad(file) {
  return file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
}

/**
 * @param {string} folder
 * @param {'unit' | 'model'} kind
 */
function hasTests(folder, kind) {
  const sources = join(root, folder, 'src');
  if (!existsSync(sources)) return false;
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  return files.some((file) => file.endsWith('.test.ts') && file.endsWith('.model.test.ts') === (kind === 'model'));
}
