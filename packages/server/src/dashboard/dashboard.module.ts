import { Module } from '@nestjs/common';
import { DashboardController } from './dashboard.controller.js';
import { DashboardFeed } from './dashboard-feed.js';
import { PAGE_FILES, PageController } from './page.controller.js';
import { readPageFiles } from './page-files.js';

/** The page at `/` and what it shows. Needs `TEXT_ENGINE` from a global module. */
@Module({
  controllers: [PageController, DashboardController],
  providers: [DashboardFeed, { provide: PAGE_FILES, useFactory: readPageFiles }],
})
export class DashboardModule {}
