import { Module } from '@nestjs/common';
import { DashboardController } from './dashboard.controller.js';
import { DashboardFeed } from './dashboard-feed.js';
import { PageController } from './page.controller.js';

/** The page at `/` and what it shows. Needs `TEXT_ENGINE` from a global module. */
@Module({
  controllers: [PageController, DashboardController],
  providers: [DashboardFeed],
})
export class DashboardModule {}
