import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import type { Tool } from '../find-tool.js';
import { runCommand } from '../run-command.js';
import { LOG_LEVEL_SOURCE, STDERR_HOLDER_SOURCE } from './addon-sources.js';
import { ADDON_TO_TENSORFLOW, type BuildLayout } from './build-layout.js';

/** The N-API version whose folder node-pre-gyp picks on every Node that we support. */
const NAPI_VERSION = 8;

/**
 * Compiles tfjs-node's binding against the unpacked TensorFlow (about ten seconds), and the small addon that holds
 * back what TensorFlow prints while it loads.
 *
 * @throws {TensorFlowError} `compile-failed` with the end of the compiler's output.
 */
export async function compileAddon(layout: BuildLayout, compiler: Tool): Promise<void> {
  const logLevel = join(layout.root, 'log-level.cc');
  const holder = join(layout.root, 'stderr-holder.cc');
  await writeFile(logLevel, LOG_LEVEL_SOURCE);
  await writeFile(holder, STDERR_HOLDER_SOURCE);
  await compile(compiler, layout, { sources: [holder], output: layout.stderrHolder, links: [] });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(layout.tfjsNode, 'binding', name));
  await compile(compiler, layout, {
    sources: [...sources, logLevel],
    output: layout.addon,
    links: [
      `-L${layout.tensorflow}`,
      ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
      `-Wl,-rpath,${ADDON_TO_TENSORFLOW}`,
    ],
  });
}

async function compile(
  compiler: Tool,
  layout: BuildLayout,
  job: { readonly sources: readonly string[]; readonly output: string; readonly links: readonly string[] },
): Promise<void> {
  const partial = `${job.output}.partial`;
  const [program = compiler.command, ...first] = compiler.command.split(' ');
  await mkdir(dirname(job.output), { recursive: true });
  const result = await runCommand({
    command: program,
    arguments: [
      ...first,
      ...['-O2', '-std=c++17', '-fPIC', '-shared', `-DNAPI_VERSION=${NAPI_VERSION}`],
      `-I${join(layout.nodeApiHeaders, 'include')}`,
      `-I${join(layout.tensorflow, 'include')}`,
      `-I${layout.tfjsNode}`,
      ...job.sources,
      ...['-o', partial],
      ...job.links,
    ],
  });
  if (result.kind === 'missing' || result.status !== 0) {
    await rm(partial, { force: true });
    const output = result.kind === 'missing' ? 'the compiler vanished' : result.output.trim().slice(-2_000);
    throw new TensorFlowError('compile-failed', `${compiler.command} could not build the TensorFlow addon: ${output}`);
  }
  await rename(partial, job.output);
}
