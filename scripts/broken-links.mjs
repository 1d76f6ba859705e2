import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { root } from './bootstrap/workspace.mjs';

const CODE = /^(```|~~~)[\s\S]*?^\1\s*$/gm;
const LINK = /\]\(([^)\s]+)\)|\s(?:src|srcset|href)="([^"\s]+)"/g;

/**
 * Links within the repository that lead nowhere: to no file, or to no heading of one. Each as `page: link`.
 *
 * @param {readonly string[]} pages absolute paths
 */
export function brokenLinks(pages) {
  return pages.flatMap((page) =>
    [...proseOf(page).matchAll(LINK)]
      .map(([, markdown, html]) => markdown ?? html ?? '')
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link))
      .map((link) => `${relative(root, page)}: ${link}`),
  );
}

/** @param {string} page @param {string} link */
function leadsSomewhere(page, link) {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : resolve(dirname(page), path);
  if (!existsSync(target)) return false;
  return heading === undefined || !target.endsWith('.md') || anchorsOf(target).has(heading);
}

/** The page without its code, in which nothing is a link or a heading. @param {string} page */
function proseOf(page) {
  return readFileSync(page, 'utf8').replaceAll('\r\n', '\n').replaceAll(CODE, '');
}

/** The anchors that GitHub gives the headings of a page. @param {string} page */
function anchorsOf(page) {
  const headings = [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.trim().toLowerCase());
  return new Set(headings.map((text) => text.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')));
}
