import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { DashboardFeed } from './dashboard-feed.js';

/** Each costs a socket and a little work every second. */
const MOST_WATCHERS = 64;

/** What the page shows, as it happens. Asks for a key where the API does: it tells what others make the server do. */
@ApiExcludeController()
@Controller('dashboard')
export class DashboardController {
  constructor(@Inject(DashboardFeed) private readonly feed: DashboardFeed) {}

  @Get('events')
  events(@Res() response: Response): void {
    if (this.feed.watchers >= MOST_WATCHERS) {
      throw new ServiceUnavailableException(`${MOST_WATCHERS} dashboards are open already, which is the most.`);
    }
    this.feed.watch(response);
  }
}
