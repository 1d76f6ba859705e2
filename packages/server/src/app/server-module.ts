import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import { DashboardController } from '../dashboard/dashboard.controller.js';
import { DashboardFeed } from '../dashboard/dashboard-feed.js';
import { PageController } from '../dashboard/page.controller.js';
import type { TextEngine } from '../engine/text-engine.js';
import { CONFIGURATION, LOGGER, SERVER_METRICS, TEXT_ENGINE, TEXT_WORK } from '../lifecycle/injection-tokens.js';
import type { LateTextWork } from '../lifecycle/late-text-work.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { Answering } from '../openai/answering.js';
import { ChatController } from '../openai/chat.controller.js';
import { CompletionsController } from '../openai/completions.controller.js';
import { Generations } from '../openai/generations.js';
import { ModelsController } from '../openai/models.controller.js';
import { ResponsesController } from '../openai/responses/responses.controller.js';
import { StatusController } from '../openai/status.controller.js';
import { TextController } from '../openai/text.controller.js';

/** What every part of a server shares. */
export interface ServerParts {
  readonly configuration: ServerConfiguration;
  readonly engine: TextEngine;
  readonly text: LateTextWork;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
}

@Module({})
class ServerModule {}

/** The application around parts that were made before it. */
export function serverModule(parts: ServerParts): DynamicModule {
  const { dashboard } = parts.configuration;
  return {
    module: ServerModule,
    controllers: [
      ...[MetricsController, ChatController, CompletionsController, ResponsesController, ModelsController],
      ...[TextController, StatusController],
      ...(dashboard ? [PageController, DashboardController] : []),
    ],
    providers: [
      { provide: CONFIGURATION, useValue: parts.configuration },
      { provide: TEXT_ENGINE, useValue: parts.engine },
      { provide: TEXT_WORK, useValue: parts.text },
      { provide: LOGGER, useValue: parts.logger },
      { provide: SERVER_METRICS, useValue: parts.metrics },
      { provide: Lifecycle, useValue: parts.lifecycle },
      ...[Generations, Answering],
      ...(dashboard ? [DashboardFeed] : []),
    ],
  };
}
