import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { ForetokenError } from '@foretoken/core';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { builtFile } from '../built-file.js';

/**
 * Nothing but what this server sends, nothing inline, and no way for a text to become markup: what models write and
 * users ask is hostile.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  // Kept, but asked for each time: after an update the page must not meet an older script.
  'Cache-Control': 'no-cache',
};

/** The page's files are not where they belong. Code `dashboard-files-missing`. */
class DashboardFilesMissingError extends ForetokenError {
  constructor(folder: string) {
    super(`The dashboard's files are not in ${folder}. Build @foretoken/server, or set dashboard to false.`, {
      code: 'dashboard-files-missing',
      details: { folder },
    });
  }
}

/** The page itself. Holds nothing secret, so it is there without a key, and asks for one. */
@ApiExcludeController()
@Controller()
export class PageController {
  readonly #files: ReadonlyMap<string, Buffer>;

  /** @throws {DashboardFilesMissingError} the page was not built. */
  constructor() {
    const index = builtFile('dashboard/index.html');
    const folder = dirname(index);
    if (!existsSync(index)) throw new DashboardFilesMissingError(folder);
    const names = ['index.html', 'page.js', 'style.css', 'icon.svg'];
    this.#files = new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  }

  @Get(['', 'dashboard/page.js', 'dashboard/style.css', 'dashboard/icon.svg'])
  read(@Req() request: Request, @Res() response: Response): void {
    const name = basename(request.path).toLowerCase() || 'index.html';
    // Express tags what it sends by its content. The time of change would not do: packages give all their files one.
    response.type(extname(name)).set(HEADERS).send(this.#files.get(name));
  }
}
