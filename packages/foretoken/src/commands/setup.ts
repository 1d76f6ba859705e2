import { terminalProgress } from '@foretoken/tensorflow/status';
import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
import { describeDevice } from '../command-line/describe-device.js';
import { describeOperators, operatorsState } from '../command-line/describe-operators.js';
import { addModelFlags, type ModelFlags } from '../command-line/flags.js';

/** `foretoken setup`: fetches and builds what is missing in the cache. A second run finds everything and fetches nothing. */
export function addSetupCommand(program: Command, context: CommandContext): void {
  const command = program.command('setup').description('obtain TensorFlow and the model, once');
  addModelFlags(command).action(async () => {
    const flags = command.opts<ModelFlags>();
    const onProgress = terminalProgress(context.stderr);
    const [{ loadTensorFlow }, { loadDevice }, { loadFusedOperators, prepareGpu, resolveModel }] = await Promise.all([
      import('@foretoken/tensorflow'),
      import('@foretoken/backend/device'),
      import('@foretoken/backend'),
    ]);
    // The model first: it is small, and a machine without a compiler still wants it.
    const model = await resolveModel(flags.model, { onProgress });
    const { executor, report } = await loadDevice({ device: flags.device, onProgress });
    if (executor.kind === 'fused' && executor.gpu) await prepareGpu(executor.gpu);
    const tensorFlow = await loadTensorFlow({ device: 'auto' });
    const operators = await loadFusedOperators(tensorFlow, { onProgress });
    context.stdout.write(
      [
        `model      ${model.weights}`,
        `device     ${describeDevice(report)}`,
        `operators  ${describeOperators(operatorsState(operators))}`,
        `cache      ${report.cacheDirectory}\n`,
      ].join('\n'),
    );
  });
}
