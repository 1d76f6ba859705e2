import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { chatSchema } from '../openai/chat-schema.js';
import { completionSchema } from '../openai/completion-schema.js';
import { responsesSchema } from '../openai/responses/responses-schema.js';
import { applyTemplateSchema, detokenizeSchema, tokenizeSchema } from '../openai/text-schemas.js';

/** Describes the API at `/docs`, from the schemas that requests are read with. Needs nothing from elsewhere. */
export function serveApiDocument(application: NestExpressApplication): void {
  SwaggerModule.setup('docs', application, apiDocument, {
    customSiteTitle: 'foretoken API',
    raw: ['json'],
    jsonDocumentUrl: 'docs/openapi.json',
  });
}

/** The description in OpenAPI 3.1, whose schemas are JSON schemas. */
export function apiDocument(): OpenAPIObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'foretoken',
      version: '1',
      description: 'OpenAI-compatible API with speculative decoding. Streams end with `data: [DONE]`.',
    },
    paths: {
      '/v1/chat/completions': post('Answer a conversation', chatSchema),
      '/v1/completions': post('Go on after a prompt', completionSchema),
      '/v1/responses': post('Answer a conversation, as the Responses API has it', responsesSchema),
      '/v1/models': get('The served model, as a list'),
      '/v1/models/{id}': get('A model', ['id']),
      '/tokenize': post('Tokens of a text', tokenizeSchema),
      '/detokenize': post('Text of tokens', detokenizeSchema),
      '/apply-template': post('A conversation as the model reads it', applyTemplateSchema),
      '/health': get('Whether the server is well'),
      '/ready': get('Whether requests should be sent here'),
      '/props': get('Properties of the server'),
      '/metrics': get('Metrics for Prometheus'),
    },
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

function post(summary: string, schema: z.ZodType): PathItem {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: 'input' });
  return {
    post: {
      summary,
      requestBody: { required: true, content: { 'application/json': { schema: body as object } } },
      responses: RESPONSES,
    },
  };
}

function get(summary: string, parameters: readonly string[] = []): PathItem {
  return {
    get: {
      summary,
      parameters: parameters.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      responses: RESPONSES,
    },
  };
}
