import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { PageFile, PageFiles } from './page-files.js';

/** Token of the page's files. */
export const PAGE_FILES = Symbol('PageFiles');

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

/** The page itself. Holds nothing secret, so it is there without a key, and asks for one. */
@ApiExcludeController()
@Controller()
export class PageController {
  readonly #files: PageFiles;

  constructor(@Inject(PAGE_FILES) files: PageFiles) {
    this.#files = files;
  }

  @Get()
  index(@Req() request: Request, @Res() response: Response): void {
    send(this.#files.index, request, response);
  }

  @Get('dashboard/page.js')
  script(@Req() request: Request, @Res() response: Response): void {
    send(this.#files.script, request, response);
  }

  @Get('dashboard/style.css')
  styles(@Req() request: Request, @Res() response: Response): void {
    send(this.#files.styles, request, response);
  }

  @Get('dashboard/icon.svg')
  icon(@Req() request: Request, @Res() response: Response): void {
    send(this.#files.icon, request, response);
  }
}

function send(file: PageFile, request: Request, response: Response): void {
  response.set({
    'Content-Type': file.type,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    // Kept, but asked for each time: after an update the page must not meet an older script.
    'Cache-Control': 'no-cache',
    ETag: file.etag,
  });
  if (request.fresh) response.status(304).end();
  else response.send(file.content);
}
