import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import { DashboardModule } from '../dashboard/dashboard.module.js';
import type { TextEngine } from '../engine/text-engine.js';
import { CONFIGURATION, LOGGER, MODEL_TEXT, SERVER_METRICS, TEXT_ENGINE } from '../lifecycle/injection-tokens.js';
import type { LateModelText } from '../lifecycle/late-model-text.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { OpenAiModule } from '../openai/openai.module.js';

/** What every part of a server shares. */
export interface ServerParts {
  readonly configuration: ServerConfiguration;
  readonly engine: TextEngine;
  readonly text: LateModelText;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
}

@Module({})
class PartsModule {}

@Module({})
class ServerModule {}

/** The application around parts that were made before it. */
export function serverModule(parts: ServerParts): DynamicModule {
  const providers = [
    { provide: CONFIGURATION, useValue: parts.configuration },
    { provide: TEXT_ENGINE, useValue: parts.engine },
    { provide: MODEL_TEXT, useValue: parts.text },
    { provide: LOGGER, useValue: parts.logger },
    { provide: SERVER_METRICS, useValue: parts.metrics },
    { provide: Lifecycle, useValue: parts.lifecycle },
  ];
  const shared: DynamicModule = {
    module: PartsModule,
    global: true,
    providers,
    exports: providers.map(({ provide }) => provide),
  };
  const dashboard = parts.configuration.dashboard ? [DashboardModule] : [];
  return { module: ServerModule, imports: [shared, MetricsModule, OpenAiModule, ...dashboard] };
}
