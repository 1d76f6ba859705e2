import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';

/** `GET /metrics`. Needs `SERVER_METRICS` from a global module. */
@Module({ controllers: [MetricsController] })
export class MetricsModule {}
