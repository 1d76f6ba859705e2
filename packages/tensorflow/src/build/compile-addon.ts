import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import type { Tool } from '../find-tool.js';
import { runCommand } from '../run-command.js';
import { ADDON_TO_TENSORFLOW, type BuildLayout } from './build-layout.js';

/** The N-API version whose folder node-pre-gyp picks on every Node that we support. */
const NAPI_VERSION = 8;

const LOG_LEVEL_FILE = 'log_level.cc';

/**
 * Parts of TensorFlow log through Abseil, which does not know `TF_CPP_MIN_LOG_LEVEL`: this makes the variable hold for
 * them too. (The two lines about oneDNN come earlier, while the library loads.)
 */
const LOG_LEVEL_SOURCE = `#include <cstdlib>
#include "absl/log/globals.h"

static const bool log_level_is_set = [] {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr) absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
  return true;
}();
`;

/**
 * Compiles tfjs-node's binding against the unpacked TensorFlow (about ten seconds).
 *
 * @throws {TensorFlowError} `compile-failed` with the end of the compiler's output.
 */
export async function compileAddon(layout: BuildLayout, compiler: Tool): Promise<void> {
  const partial = `${layout.addon}.partial`;
  const [program = compiler.command, ...first] = compiler.command.split(' ');
  await mkdir(dirname(layout.addon), { recursive: true });
  await writeFile(join(layout.root, LOG_LEVEL_FILE), LOG_LEVEL_SOURCE);
  const result = await runCommand({
    command: program,
    arguments: [...first, ...compilerArguments(layout, partial)],
  });
  if (result.kind === 'missing' || result.status !== 0) {
    await rm(partial, { force: true });
    const output = result.kind === 'missing' ? 'the compiler vanished' : result.output.trim().slice(-2_000);
    throw new TensorFlowError('compile-failed', `${compiler.command} could not build the TensorFlow addon: ${output}`);
  }
  await rename(partial, layout.addon);
}

function compilerArguments(layout: BuildLayout, output: string): string[] {
  return [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', `-DNAPI_VERSION=${NAPI_VERSION}`],
    `-I${join(layout.nodeApiHeaders, 'include')}`,
    `-I${join(layout.tensorflow, 'include')}`,
    `-I${layout.tfjsNode}`,
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(layout.tfjsNode, 'binding', name)),
    join(layout.root, LOG_LEVEL_FILE),
    ...['-o', output, `-L${layout.tensorflow}`],
    ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    `-Wl,-rpath,${ADDON_TO_TENSORFLOW}`,
  ];
}
