export { type CreateServerOptions, createServer, type RunningServer } from './app/create-server.js';
export { AddressUnavailableError } from './app/listen.js';
export type { ServerConfiguration } from './configuration/server-configuration.js';
export * from './engine/index.js';
export { ApiError, type ApiErrorBody, type ApiErrorType } from './http/api-error.js';
