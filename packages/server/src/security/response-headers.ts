import helmet from 'helmet';
import { type Middleware, pathOf } from './middleware.js';

const SELF = "'self'";

const DIRECTIVES = {
  defaultSrc: ["'none'"],
  scriptSrc: [SELF],
  styleSrc: [SELF],
  imgSrc: [SELF, 'data:'],
  fontSrc: [SELF],
  connectSrc: [SELF],
  manifestSrc: [SELF],
  baseUri: ["'none'"],
  formAction: [SELF],
  frameAncestors: ["'none'"],
};

/** Headers that tell browsers to be careful: nothing from elsewhere, no inline scripts, no frames, no guessing of types. */
export function secureHeaders(): Middleware {
  const common = {
    // TLS ends at a proxy in front, which knows whether to ask for it always.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  } as const;
  const strict = helmet({
    ...common,
    contentSecurityPolicy: { useDefaults: false, directives: DIRECTIVES },
  });
  // The page of the API's description has a style of its own in line.
  const documentation = helmet({
    ...common,
    contentSecurityPolicy: { useDefaults: false, directives: { ...DIRECTIVES, styleSrc: [SELF, "'unsafe-inline'"] } },
  });
  return (request, response, next) => {
    const path = pathOf(request);
    const policy = path === '/docs' || path.startsWith('/docs/') ? documentation : strict;
    policy(request, response, next);
  };
}
