import type { ServerConfiguration } from '../configuration/server-configuration.js';

/** What an engine is made of: the part of a server's configuration that concerns it. */
export type EngineSettings = ServerConfiguration['engine'] & Pick<ServerConfiguration, 'model'>;
