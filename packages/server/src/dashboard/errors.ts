import { ForetokenError } from '@foretoken/core';

/** The page's files are not where they belong. Code `dashboard-files-missing`. */
export class DashboardFilesMissingError extends ForetokenError {
  constructor(folder: string) {
    super(`The dashboard's files are not in ${folder}. Build @foretoken/server, or set dashboard to false.`, {
      code: 'dashboard-files-missing',
      details: { folder },
    });
  }
}
