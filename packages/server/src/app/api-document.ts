import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { ENDPOINTS, type Endpoint } from '../http/endpoints.js';
import { bodySchemaOf } from '../openai/bodies/body-schemas.js';

/** Describes the API at `/docs`, from the schemas that requests are read with. Needs nothing from elsewhere. */
export function serveApiDocument(application: NestExpressApplication): void {
  SwaggerModule.setup('docs', application, apiDocument, {
    customSiteTitle: 'foretoken API',
    raw: ['json'],
    jsonDocumentUrl: 'docs/openapi.json',
  });
}

/** The description in OpenAPI 3.1, whose schemas are JSON schemas. */
function apiDocument(): OpenAPIObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'foretoken',
      version: '1',
      description: 'OpenAI-compatible API with speculative decoding. Streams end with `data: [DONE]`.',
    },
    paths: Object.fromEntries([...ENDPOINTS].map(([path, endpoint]) => [path, pathItem(path, endpoint)])),
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: ERROR },
    },
    security: [{ key: [] }, {}],
  };
}

const text = { type: 'string' } as const;

const ERROR = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        message: text,
        type: text,
        param: { type: ['string', 'null'] },
        code: { type: ['string', 'null'] },
      },
      required: ['message', 'type', 'param', 'code'],
    },
  },
  required: ['error'],
} as unknown as NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

type PathItem = OpenAPIObject['paths'][string];

const RESPONSES = {
  200: { description: 'The answer' },
  default: {
    description: 'An error',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  },
};

function pathItem(path: string, { method, summary }: Endpoint): PathItem {
  const schema = bodySchemaOf(path)?.schema;
  const operation = {
    summary,
    ...(schema === undefined
      ? {
          parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
            return { name, in: 'path' as const, required: true, schema: text };
          }),
        }
      : { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(schema) } } } }),
    responses: RESPONSES,
  };
  return method === 'GET' ? { get: operation } : { post: operation };
}

function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return described;
}
