export { hashApiKey } from './api-key-hash.js';
export { ConfigurationError, type ConfigurationProblem } from './configuration-error.js';
export {
  type ConfigurationFlags,
  checkEnvironment,
  completeConfiguration,
  loadConfiguration,
} from './load-configuration.js';
export {
  configurationSchema,
  type ServerConfiguration,
  type ServerConfigurationInput,
} from './server-configuration.js';
export { SETTINGS, type Setting } from './settings.js';
