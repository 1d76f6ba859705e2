import { createHash } from 'node:crypto';
import { createServer, type RunningServer } from '@foretoken/server';
import { source as axe } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testConfiguration } from '../openai/testing/configuration.js';
import { launchBrowser } from './testing/browser.js';

const KEY = 'key-of-this-test';
const LONG_WAIT = { timeout: 60_000 };

let server: RunningServer;
let browser: Browser;
let pages: Page[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const { engine, security } = testConfiguration();
  server = await createServer(
    testConfiguration({
      dashboard: true,
      // Guesses whether or not it pays, so that there are some to look at.
      engine: { ...engine, controller: 'fixed', depth: 4 },
      security: { ...security, apiKeys: [{ name: 'test', sha256 }] },
    }),
  );
  await server.ready;
});

afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the page with the key in place; what it logs as an error and asks of other hosts is kept. */
async function open(
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly errors: string[]; readonly strangers: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.addInitScript(`sessionStorage.setItem('foretoken-key', '${KEY}')`);
  const page = await context.newPage();
  pages.push(page);
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${server.url}/`)) strangers.push(request.url());
  });
  await page.goto(server.url);
  await page.locator('#state[data-state="ready"]').waitFor(LONG_WAIT);
  return { page, errors, strangers };
}

async function ask(page: Page, prompt: string, settings: { readonly tokens?: number } = {}): Promise<void> {
  await page.fill('#max-tokens', String(settings.tokens ?? 96));
  await page.fill('#prompt', prompt);
  await page.press('#prompt', 'Enter');
  await page.locator('.answer').last().waitFor();
  await page.locator('.answer').last().and(page.locator('[aria-busy="false"]')).waitFor(LONG_WAIT);
}

const REPETITIVE = 'Repeat this list three times: red, green, blue, yellow, red, green, blue, yellow.';

describe('the dashboard', () => {
  it('shows numbers once something was generated, without errors and without asking anyone else', async () => {
    const { page, errors, strangers } = await open();
    await ask(page, REPETITIVE);
    const number = async (id: string) => Number.parseFloat((await page.textContent(`#${id}`)) ?? '');
    await expect.poll(() => number('acceptance'), LONG_WAIT).toBeGreaterThanOrEqual(0);
    await expect.poll(() => number('acceptance-length'), LONG_WAIT).toBeGreaterThanOrEqual(1);
    await expect.poll(() => number('depth'), LONG_WAIT).toBeGreaterThanOrEqual(0);
    await expect.poll(() => number('requests-note'), LONG_WAIT).toBeGreaterThanOrEqual(1);
    expect(await page.textContent('#model')).toBe('smollm2-135m-instruct');
    expect(await page.textContent('#rate-note')).toMatch(/^highest \d/);
    expect(await page.textContent('#memory')).toMatch(/^[1-9][\d.]* [MG]iB$/);
    expect(await page.locator('#plans .bar').count()).toBeGreaterThan(0);
    expect(await page.locator('#depths .bar').count()).toBeGreaterThan(0);
    expect(await page.locator('#chart-rate path.line').count()).toBeGreaterThan(0);
    expect(await page.locator('#gpu-card').isVisible()).toBe(false);
    expect(await page.locator('.no-traffic').isVisible()).toBe(false);
    expect(errors).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('marks the guesses that were accepted, and opens their round by keyboard', async () => {
    const { page, errors } = await open();
    await page.check('#mode-completion', { force: true });
    await ask(page, 'The quick brown fox jumps over the lazy dog. '.repeat(4).trim(), { tokens: 48 });
    const draft = page.locator('.answer-text .token.draft').filter({ hasText: /[a-z]/i });
    expect(await draft.count()).toBeGreaterThan(0);
    const style = await page.evaluate<Record<'color' | 'plain' | 'line' | 'weight', string>>(`(() => {
      const of = (token) => getComputedStyle(document.querySelector(token));
      const { color, textDecorationLine: line, fontWeight: weight } = of('.answer-text .token.draft');
      return { color, line, weight, plain: of('.answer-text .token.target').color };
    })()`);
    expect(style.color).not.toBe(style.plain);
    expect(style.line).toBe('underline');
    expect(Number(style.weight)).toBeGreaterThan(500);

    const wanted = Number(await draft.first().getAttribute('data-round'));
    await page.locator('.round[tabindex="0"]').focus();
    await page.keyboard.press('Home');
    for (let round = 0; round < wanted; round++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const opened = page.locator('.inspector');
    expect(await opened.locator('h4').textContent()).toBe(`Round ${wanted + 1}`);
    expect(await opened.locator('svg.tree .node.accepted').count()).toBeGreaterThan(0);
    expect(await opened.locator('.timing-legend').textContent()).toMatch(/forward [\d.]+ ms/);
    const guesses = await opened.locator('svg.tree .node:is(.accepted, .rejected, .unreached)').count();
    expect(await opened.locator('.tree-list li:is(.accepted, .rejected, .unreached)').count()).toBe(guesses);

    await opened.getByRole('button', { name: 'Close round' }).press('Enter');
    expect(await opened.isVisible()).toBe(false);
    await draft.first().click();
    expect(await opened.locator('h4').textContent()).toBe(`Round ${wanted + 1}`);
    expect(errors).toEqual([]);
  });

  it('writes the same without speculation, and says so', async () => {
    const { page } = await open();
    await ask(page, 'Count from one to ten.', { tokens: 32 });
    await page.getByRole('button', { name: 'Answer again without speculation' }).click();
    await page.locator('.comparison').waitFor(LONG_WAIT);
    expect(await page.textContent('.comparison p')).toMatch(/^The same text, word for word, at [\d.]+× the speed\.$/);
    expect(await page.locator('.answer').nth(1).locator('.token.draft').count()).toBe(0);
  });

  it('continues a raw text, and stops when told to', async () => {
    const { page } = await open();
    await page.check('#mode-completion', { force: true });
    await ask(page, 'The capital of France is', { tokens: 8 });
    expect(await page.textContent('.answer-text')).toMatch(/Paris/);
    await page.fill('#max-tokens', '2000');
    await page.fill('#prompt', 'Once upon a time');
    await page.press('#prompt', 'Enter');
    await page.locator('.answer').nth(1).locator('.token').first().waitFor(LONG_WAIT);
    await page.click('#send');
    await page.locator('.problem', { hasText: 'Stopped.' }).waitFor(LONG_WAIT);
    expect(await page.textContent('#send')).toBe('Send');
  });

  it('runs nothing that a prompt or an answer holds', async () => {
    const { page, errors, strangers } = await open();
    const hostile = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>\n';
    await page.check('#mode-completion', { force: true });
    await ask(page, hostile.repeat(5), { tokens: 64 });
    expect(await page.textContent('.question')).toBe(hostile.repeat(5));
    expect(await page.textContent('.answer-text')).toContain('<img src=x onerror="document.title=\'owned\'">');
    expect(await page.locator('#conversation :is(img, script)').count()).toBe(0);
    await page.locator('.round').first().click();
    expect(await page.title()).toBe('foretoken');
    expect(errors).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('asks for the key, says when it is wrong, and goes on with the right one', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    pages.push(page);
    await page.goto(server.url);
    await page.locator('#key-dialog[open]').waitFor();
    expect(await page.textContent('#key-message')).toBe('This server asks for an API key.');
    await page.fill('#key-input', 'wrong');
    await page.press('#key-input', 'Enter');
    await page.getByText('The server does not know this key.').waitFor();
    await page.fill('#key-input', KEY);
    await page.press('#key-input', 'Enter');
    await page.locator('#state[data-state="ready"]').waitFor(LONG_WAIT);
    expect(await page.locator('#connection-banner').isVisible()).toBe(false);
    expect(await page.evaluate("localStorage.getItem('foretoken-key')")).toBeNull();
  });

  it.each(['light', 'dark'] as const)('is accessible and %s where the system is', async (colorScheme) => {
    const { page } = await open({ colorScheme, reducedMotion: 'reduce' });
    expect(await page.getAttribute('html', 'data-theme')).toBe(colorScheme);
    await ask(page, REPETITIVE, { tokens: 48 });
    await page.locator('.round').first().click();
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { violations: found } = await (
        globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
        }
      ).axe.run();
      return found.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`,
      );
    });
    expect(violations).toEqual([]);
    await page.click('#theme-button');
    expect(await page.getAttribute('html', 'data-theme')).toBe(colorScheme === 'light' ? 'dark' : 'light');
  });

  it('fits a phone', async () => {
    const { page } = await open({ viewport: { width: 360, height: 740 } });
    await ask(page, REPETITIVE, { tokens: 48 });
    await page.locator('.round').first().click();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });

  it('serves its files with an ETag and a strict policy, and the feed only with the key', async () => {
    const page = await fetch(server.url);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(await page.text()).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/i);
    const etag = page.headers.get('etag') ?? '';
    const again = await fetch(server.url, {
      // Without a word of its own fetch would add "no-cache", which asks for everything again.
      headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
    for (const path of ['/dashboard/page.js', '/dashboard/style.css', '/dashboard/icon.svg']) {
      expect((await fetch(server.url + path)).status).toBe(200);
    }
    for (const path of ['/dashboard/..%2findex.js', '/dashboard/%2e%2e/index.js', '/dashboard/index.html']) {
      expect((await fetch(server.url + path, { headers: { Authorization: `Bearer ${KEY}` } })).status).toBe(404);
    }
    expect((await fetch(`${server.url}/dashboard/events`)).status).toBe(401);
  });
});

describe('the dashboard of a server that goes away', () => {
  it('says that it can’t reach it', async () => {
    const other = await createServer(testConfiguration({ dashboard: true }));
    await other.ready;
    const page = await browser.newPage();
    pages.push(page);
    await page.goto(other.url);
    await page.locator('#state[data-state="ready"]').waitFor(LONG_WAIT);
    await other.close();
    await page.getByText('The server can’t be reached.').waitFor(LONG_WAIT);
  });
});
