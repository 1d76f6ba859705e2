import { DEFAULT_MODEL } from '@foretoken/speculation';
import type { TensorFlowInspection, VerifiedPart } from '@foretoken/tensorflow';
import type { DeviceReport } from '@foretoken/tensorflow/status';
import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
import { codeOf } from '../command-line/describe-failure.js';
import { operatorsState } from '../command-line/describe-operators.js';
import { verboseOption } from '../command-line/flags.js';
import { version } from '../version.js';
import { type DoctorReport, doctorLines, verifiedLines } from './doctor-report.js';

/** `foretoken doctor`: what this machine can do, what was tried, and how to get more. Fetches nothing. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .description('say which devices this machine has and why a better one was not taken')
    .option('--json', 'print the report as one JSON object')
    .option('--verify', 'read all that was fetched and compiled, and compare it with what was recorded then')
    .addOption(verboseOption());
  command.action(async () => {
    const { json, verify } = command.opts<{ json?: true; verify?: true }>();
    if (verify) {
      const files = await verifyCache();
      context.stdout.write(`${json ? JSON.stringify({ files }) : verifiedLines(files).join('\n')}\n`);
      const changed = files.filter(({ state }) => state === 'changed').length;
      if (changed > 0) throw new ChangedFilesError(changed);
      return;
    }
    const report = await examine();
    context.stdout.write(`${json ? JSON.stringify(report) : doctorLines(report).join('\n')}\n`);
  });
}

/** Some of the cache is not what was fetched or compiled. */
class ChangedFilesError extends Error {
  constructor(files: number) {
    super(
      `${files} files are not what was fetched or compiled. Delete them, have them fetched again (foretoken setup, foretoken models pull), and find out who changed them.`,
    );
  }
}

async function verifyCache(): Promise<readonly VerifiedPart[]> {
  const [{ cacheDirectory, verifyTensorFlow }, { verifyCompiledOperators, verifyModels }] = await Promise.all([
    import('@foretoken/tensorflow'),
    import('@foretoken/backend'),
  ]);
  return [
    ...(await verifyTensorFlow()),
    ...(await verifyCompiledOperators(cacheDirectory())),
    ...(await verifyModels()),
  ];
}

async function examine(): Promise<DoctorReport> {
  const [{ inspectTensorFlow, loadTensorFlow }, { loadDevice }, { loadFusedOperators }] = await Promise.all([
    import('@foretoken/tensorflow'),
    import('@foretoken/backend/device'),
    import('@foretoken/backend'),
  ]);
  const before = await inspectTensorFlow();
  // Only loading shows what works; looking alone can't tell.
  const { device, report } = await loadDevice({ allowDownload: false });
  const loaded = await loadTensorFlow({ device: 'auto', allowDownload: false });
  const found = report.devices;
  return {
    foretoken: version(),
    platform: `${process.platform} ${process.arch}`,
    device,
    tensorFlow: { ...before, ...report, devices: mergeDevices(found, before.devices) },
    operators: operatorsState(await loadFusedOperators(loaded)),
    defaultModel: await examineModel(),
  };
}

/**
 * What loading showed, and where loading did not try a device (or only lacked the permission to fetch it), what looking
 * showed.
 */
export function mergeDevices(
  loaded: readonly DeviceReport[],
  inspected: TensorFlowInspection['devices'],
): readonly DeviceReport[] {
  return loaded.map((entry) => {
    const untried =
      entry.state === 'not-tried' || (entry.state === 'unavailable' && entry.code === 'download-forbidden');
    return (untried ? inspected.find(({ device }) => device === entry.device) : undefined) ?? entry;
  });
}

async function examineModel(): Promise<DoctorReport['defaultModel']> {
  const { resolveModel } = await import('@foretoken/backend');
  try {
    const { weights } = await resolveModel(DEFAULT_MODEL, { allowDownload: false });
    return { name: DEFAULT_MODEL, state: 'cached', path: weights };
  } catch (error) {
    if (codeOf(error) !== 'model-not-cached') throw error;
    return { name: DEFAULT_MODEL, state: 'missing', remedy: `Fetch it with: foretoken models pull ${DEFAULT_MODEL}` };
  }
}
