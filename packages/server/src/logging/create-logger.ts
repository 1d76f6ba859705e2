import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import type { ServerConfiguration } from '../configuration/server-configuration.js';

const CREDENTIALS = ['authorization', 'cookie', 'apiKey', 'headers.authorization', 'headers.cookie'];
const TEXTS = ['body', 'prompt', 'messages', 'answer', 'text'];

/** Room for what an error says; a message that quotes a prompt must not carry all of it. */
const MESSAGE_LENGTH = 500;

/**
 * The server's log: JSON lines, or lines for people, with the fields that hold credentials cut out always, and those that
 * hold prompts and answers unless `prompts` is set.
 */
export function createLogger(options: {
  readonly logging: ServerConfiguration['logging'];
  /** @default stderr */
  readonly destination?: DestinationStream;
  /** Whether people read it. @default whether stderr, where that is the destination, is a terminal */
  readonly forPeople?: boolean;
}): Logger {
  const { logging, destination } = options;
  const { forPeople = destination === undefined && process.stderr.isTTY === true } = options;
  const target = destination ?? pino.destination({ fd: 2, sync: true });
  const fields = logging.prompts ? CREDENTIALS : [...CREDENTIALS, ...TEXTS];
  return pino(
    {
      name: 'foretoken',
      level: logging.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: fields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
      serializers: { err: (error: unknown) => serializeError(error, logging.prompts) },
    },
    forPeople ? forReading(target) : target,
  );
}

/** `[12:30:01] WARN: message {"status":404}`, without what a person at a terminal knows. */
function forReading(destination: DestinationStream): DestinationStream {
  const readable = pretty.prettyFactory({
    colorize: process.stderr.isTTY === true && !process.env.NO_COLOR,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'name,pid,hostname',
    singleLine: true,
  });
  return { write: (line) => destination.write(readable(line)) };
}

/** Without what an error of ours holds as details, which may be any value that a client sent. */
function serializeError(error: unknown, prompts: boolean): object {
  if (!(error instanceof Error)) return { message: typeof error };
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  if (prompts) return { type, ...code, message, stack };
  // A stack repeats the message before its first frame.
  const frames = stack.slice(Math.max(0, stack.search(/\n {4}at /)));
  return {
    type,
    ...code,
    message: message.slice(0, MESSAGE_LENGTH),
    stack: frames.startsWith('\n') ? frames.slice(1) : '',
  };
}
