import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What a user gets who installs the packages as they would be published, with what registries have for the rest. */

const workspace = fileURLToPath(new URL('../../../', import.meta.url));
const PUBLISHED = [
  ...['core', 'draft', 'verifier', 'adaptive', 'tensorflow', 'operators', 'backend', 'speculation'],
  ...['structured-output', 'server', 'foretoken'],
];
const YARN = 'yarn@1.22.22';

let folder: string;
/** From a package's name to its file. */
let files: Readonly<Record<string, string>>;
let reachable = false;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-install-'));
  files = Object.fromEntries(
    PUBLISHED.map((name) => {
      const packed = join(folder, name);
      mkdirSync(packed);
      pnpm(join(workspace, 'packages', name), 'pack', '--pack-destination', packed);
      const [file = ''] = readdirSync(packed);
      return [name === 'foretoken' ? name : `@foretoken/${name}`, `file:${join(packed, file)}`];
    }),
  );
  reachable = spawnSync('npm', ['view', '@huggingface/jinja', 'version'], { timeout: 60_000 }).status === 0;
  if (!reachable && process.env.CI) throw new Error('No registry can be reached.');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['verifier', 'draft', 'adaptive'])('@foretoken/%s', (name) => {
  it('installs less than 3 MB', ({ skip }) => {
    if (!reachable) skip('no registry can be reached');
    const project = install(`light-${name}`, [`@foretoken/${name}`], 'npm');
    expect(megabytes(join(project, 'node_modules'))).toBeLessThan(3);
    const entry = `import * as all from '@foretoken/${name}'; console.log(Object.keys(all).length > 0);`;
    expect(run(process.execPath, ['--input-type=module', '-e', entry], project)).toContain('true');
  });
});

describe.each(['npm', 'pnpm', 'yarn'] as const)('foretoken with %s', (manager) => {
  it('installs less than 200 MB without a web framework, and its types compile', ({ skip }) => {
    if (!reachable) skip('no registry can be reached');
    const project = install(`library-${manager}`, ['foretoken'], manager);
    const modules = join(project, 'node_modules');
    expect(megabytes(modules)).toBeLessThan(200);
    expect(names(modules)).not.toContain('@nestjs');
    expect(names(modules)).not.toContain('@opentelemetry');

    writeFileSync(
      join(project, 'main.ts'),
      `import { createDecoder, ForetokenError } from 'foretoken';
export async function answer(): Promise<string> {
  using decoder = await createDecoder();
  try {
    return (await decoder.complete('The history of Rome begins with', { maxTokens: 8 })).text;
  } catch (error) {
    return error instanceof ForetokenError ? error.code : 'unknown';
  }
}
`,
    );
    const types = ['--typeRoots', join(workspace, 'node_modules/@types'), '--types', 'node'];
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2022'];
    const library = ['--lib', 'es2023,esnext.disposable'];
    run(join(workspace, 'node_modules/.bin/tsc'), [...options, ...library, ...types, 'main.ts'], project);

    const served = spawnSync(process.execPath, [join(modules, 'foretoken/dist/cli.js'), 'serve'], { encoding: 'utf8' });
    expect(served.stderr).toContain('npm install @foretoken/server');
    expect(served.status).toBe(1);
  });
});

describe('foretoken with @foretoken/server', () => {
  it('installs and offers serve on every Node.js that is supported', ({ skip }) => {
    if (!reachable) skip('no registry can be reached');
    const project = install('with-server', ['foretoken', '@foretoken/server'], 'npm');
    const cli = join(project, 'node_modules/foretoken/dist/cli.js');
    expect(run(process.execPath, [cli, 'serve', '--help'], project)).toContain('--port');
  });
});

/** A project that has these packages installed; ours come from their files, however deep they are needed. */
function install(name: string, wanted: readonly string[], manager: 'npm' | 'pnpm' | 'yarn'): string {
  const project = join(folder, name);
  mkdirSync(project);
  const dependencies = Object.fromEntries(wanted.map((each) => [each, files[each]]));
  const others = Object.fromEntries(
    Object.entries(files).filter(([each]) => ![...wanted, '@foretoken/server'].includes(each)),
  );
  const manifest = { name, private: true, dependencies, overrides: others, resolutions: others };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, pnpm: { overrides: others } }));
  const output =
    manager === 'npm'
      ? run('npm', ['install', '--engine-strict', '--no-audit', '--no-fund', '--prefer-offline'], project)
      : manager === 'pnpm'
        ? pnpm(project, 'install', '--engine-strict')
        : run('npx', ['--yes', YARN, 'install', '--non-interactive'], project);
  expect(output.split('\n').filter((line) => /warn/i.test(line) && /foretoken/.test(line))).toEqual([]);
  return project;
}

function pnpm(directory: string, ...args: readonly string[]): string {
  return run(process.execPath, [join(workspace, 'scripts/pnpm.mjs'), '--dir', directory, ...args], directory);
}

/** Runs a program to its end; gives what it printed. */
function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 500_000 });
  const output = `${stdout}\n${stderr}`;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? error}:\n${output}`);
  return output;
}

/** Size on disk of what lies in a folder, in MB; what a link points to outside of it does not count. */
function megabytes(path: string): number {
  let bytes = 0;
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes / 1e6;
}

/** Names of all packages and scopes that lie in a folder of modules, however deep. */
function names(modules: string): readonly string[] {
  return readdirSync(modules, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory() && entry.parentPath.endsWith('node_modules'))
    .map(({ name }) => name);
}
