import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { type ApiError, invalidParameter } from '../http/api-error.js';
import type { RequestWithBody } from '../security/json-body.js';
import { CheckedBody } from './bodies/checked-body.js';
import { ignoredKeys, removeKey } from './ignored-keys.js';
import { MAX_PARAMETERS } from './limits.js';
import { UNSUPPORTED_PARAMETERS, type UnsupportedParameters, withoutUnsupported } from './unsupported-parameters.js';
import { withoutNulls } from './without-nulls.js';

/** The body of a request as its schema gives it; logs which keys were ignored. Throws as `readBody`. */
export function readRequest<S extends z.ZodType>(
  schema: S,
  request: Pick<RequestWithBody, 'body'> & Pick<IncomingMessage, 'log'>,
  unsupported: UnsupportedParameters = UNSUPPORTED_PARAMETERS,
): z.output<S> {
  const onIgnored = (ignored: readonly string[]): void => request.log.debug({ ignored }, 'unknown keys were ignored');
  const { body } = request;
  if (!(body instanceof CheckedBody)) return readBody(schema, body, { unsupported, onIgnored });
  if (body.ignored.length > 0) onIgnored(body.ignored);
  return body.read(schema);
}

/**
 * A request's body as its schema gives it. A property that is null is absent. A key that is not known is refused at the
 * top level, and ignored where clients put keys of their own: in messages, their parts, tools and stream options.
 *
 * @throws {ApiError} 400 naming the parameter that is missing, unknown, unsupported or has a wrong value.
 */
export function readBody<S extends z.ZodType>(
  schema: S,
  body: unknown,
  options: {
    /** What exists elsewhere and not here. @default that of chat and completions */
    readonly unsupported?: UnsupportedParameters;
    /** Told the paths of the keys that were ignored, if there were any. */
    readonly onIgnored?: (paths: readonly string[]) => void;
  } = {},
): z.output<S> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidParameter('body', 'The body must be a JSON object.', 'invalid_type');
  }
  const parameters = Object.keys(body).length;
  if (parameters > MAX_PARAMETERS) {
    throw invalidParameter('body', `The body has ${parameters} parameters; at most ${MAX_PARAMETERS} are possible.`);
  }
  const given = withoutUnsupported(withoutNulls(body as Readonly<Record<string, unknown>>), options.unsupported);
  let result = schema.safeParse(given);
  const ignored = result.success ? [] : ignoredKeys(result.error.issues);
  if (ignored.length > 0) {
    for (const key of ignored) removeKey(given, key);
    options.onIgnored?.(ignored.map(({ path, key }) => pathText([...path, key])));
    result = schema.safeParse(given);
  }
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue === undefined ? invalidParameter('body', 'The body is not valid.') : describeIssue(issue);
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, parents: readonly PropertyKey[] = []): ApiError {
  const path = [...parents, ...issue.path];
  const param = pathText(path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = pathText([...path, issue.keys[0] ?? '']);
      return invalidParameter(unknown, `Unknown parameter: '${unknown}'.`, 'unknown_parameter');
    }
    case 'invalid_union': {
      const inner = closest(issue.errors);
      if (inner !== undefined) return describeIssue(inner, path);
      return issue.errors.some(([first]) => isAbsent(first)) ? missing(param) : invalid(param, issue.message);
    }
    case 'invalid_type':
      return isAbsent(issue) ? missing(param) : invalid(param, issue.message, 'invalid_type');
    default:
      return invalid(param, issue.message);
  }
}

/** What is absent was read as undefined, which JSON has no other way to give. */
function isAbsent(issue: Issue | undefined): boolean {
  return issue?.code === 'invalid_type' && /received undefined/.test(issue.message);
}

function missing(param: string): ApiError {
  return invalidParameter(param, `Missing required parameter: '${param}'.`, 'missing_required_parameter');
}

function invalid(param: string, message: string, code = 'invalid_value'): ApiError {
  return invalidParameter(param, `Invalid value for '${param}': ${message.replace(/\.?$/, '.')}`, code);
}

/** The issue of the alternative that was meant: one whose types fit, else the one that came furthest. */
function closest(alternatives: readonly (readonly Issue[])[]): Issue | undefined {
  const worth = (issue: Issue): number => (issue.code === 'invalid_type' ? 0 : 1_000) + issue.path.length;
  return alternatives
    .flatMap(([issue]) => (issue === undefined || worth(issue) === 0 ? [] : [issue]))
    .reduce<Issue | undefined>((best, issue) => (best && worth(best) >= worth(issue) ? best : issue), undefined);
}

/** `messages[0].content`, as OpenAI's API writes paths. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
