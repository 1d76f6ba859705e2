import { Controller, Get, Inject, Req, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { DashboardFeed } from './dashboard-feed.js';
import { FeedResponse } from './feed-response.js';

/** Each costs a socket and a little work every second. */
const MOST_WATCHERS = 64;

/** What the page shows, as it happens. Asks for a key where the API does: it tells what others make the server do. */
@ApiExcludeController()
@Controller('dashboard')
export class DashboardController {
  constructor(@Inject(DashboardFeed) private readonly feed: DashboardFeed) {}

  @Get('events')
  events(@Req() request: Request, @Res() response: Response): void {
    if (this.feed.watchers >= MOST_WATCHERS) {
      throw new ServiceUnavailableException(`${MOST_WATCHERS} dashboards are open already, which is the most.`);
    }
    const stop = this.feed.watch(new FeedResponse(response));
    request.once('close', stop);
  }
}
