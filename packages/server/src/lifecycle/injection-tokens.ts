/**
 * What NestJS provides by token. Every constructor parameter names its token with `@Inject`, because the build emits no
 * decorator metadata.
 */
export const CONFIGURATION = Symbol('ServerConfiguration');
export const TEXT_ENGINE = Symbol('TextEngine');
export const TEXT_WORK = Symbol('TextWork');
export const LOGGER = Symbol('Logger');
export const SERVER_METRICS = Symbol('ServerMetrics');
