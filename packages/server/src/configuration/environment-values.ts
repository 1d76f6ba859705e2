import { OPERATORS_VARIABLES, operatorsVariableProblems } from '@foretoken/operators';
import type { ConfigurationProblem } from './configuration-error.js';
import { type Given, type GivenValues, valueOfTexts } from './given-value.js';
import { SETTINGS } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file; not a setting, because it can't stand in the file. */
export const CONFIGURATION_FILE_VARIABLE = 'FORETOKEN_CONFIG';

/** Paths of NVIDIA's libraries. What opens them says so where they can't be. */
const GPU_VARIABLES = ['FORETOKEN_CUDA_DRIVER', 'FORETOKEN_NVRTC'] as const;

/** Variables of foretoken that are no settings of the server. */
const OTHERS: ReadonlySet<string> = new Set([CONFIGURATION_FILE_VARIABLE, ...GPU_VARIABLES, ...OPERATORS_VARIABLES]);

/** What Kubernetes and Docker put into the environment for a service that is called foretoken-something. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** What the environment says of each setting. An empty variable says nothing. */
export function environmentValues(environment: Environment): GivenValues {
  const given: Given[] = [];
  const problems: ConfigurationProblem[] = operatorsVariableProblems(environment).map(({ name, message }) => ({
    setting: name,
    source: name,
    message,
  }));
  const byVariable = new Map(SETTINGS.map((setting) => [setting.environment, setting]));
  for (const [source, text = ''] of Object.entries(environment)) {
    if (!source.startsWith('FORETOKEN_') || text === '' || OTHERS.has(source)) continue;
    if (SERVICE_LINK.test(source) || SERVICE_ADDRESS.test(text)) continue;
    const setting = byVariable.get(source);
    if (setting === undefined) {
      problems.push({ setting: source, source, message: `The environment has ${source}, which is no setting.` });
    } else {
      given.push({ setting, source, value: valueOfTexts(setting, [text], 'environment') });
    }
  }
  return { given: [...openTelemetryEndpoint(environment), ...given], problems };
}

/** OpenTelemetry's own variable, unless there is one of ours. */
function openTelemetryEndpoint(environment: Environment): readonly Given[] {
  const setting = SETTINGS.find(({ name }) => name === 'tracingEndpoint');
  const source = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const value = environment[source];
  return setting === undefined || value === undefined || value === '' ? [] : [{ setting, source, value }];
}
