import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { SERVER_METRICS } from '../lifecycle/injection-tokens.js';
import type { ServerMetrics } from './server-metrics.js';

/** `GET /metrics`, for Prometheus. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(SERVER_METRICS) private readonly metrics: ServerMetrics) {}

  @Get()
  @Header('cache-control', 'no-store')
  async read(@Res() response: Response): Promise<void> {
    const text = await this.metrics.text();
    response.type(this.metrics.contentType).send(text);
  }
}
