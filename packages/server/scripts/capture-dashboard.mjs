// Takes the pictures of docs/dashboard.md from a real run: node packages/server/scripts/capture-dashboard.mjs [CHROMIUM]
// Needs the build, the default model, Chromium and pngquant (Debian: apt-get install chromium pngquant fonts-inter).
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createServer } from '@foretoken/server';
import { completeConfiguration } from '@foretoken/server/configuration';
import { chromium } from 'playwright-core';

const images = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const mostBytes = 200_000;
/** Seconds of requests before the pictures are taken, so that there is something to see. */
const warmUp = 60;
const prompts = [
  'Count from one to fifty in words.',
  'Repeat this sentence five times: The quick brown fox jumps over the lazy dog.',
  'List the days of the week three times, as a numbered list.',
  'Write a short story about a lighthouse keeper.',
];

let loaded = false;

const server = await createServer(
  completeConfiguration({ port: 0, logging: { level: 'warn' }, shutdownDeadline: 5_000 }),
);
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await server.ready;
  const loading = load();
  await new Promise((resolve) => setTimeout(resolve, warmUp * 1000));
  for (const colorScheme of ['light', 'dark']) await capture(colorScheme);
  loaded = true;
  await loading;
} finally {
  await browser.close();
  await server.close();
}

async function load() {
  for (let request = 0; !loaded; request++) {
    const content = prompts[request % prompts.length];
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 160, temperature: 0 }),
    });
    if (!response.ok) throw new Error(`The server answered ${response.status}: ${await response.text()}`);
    await response.text();
  }
}

async function capture(colorScheme) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(server.url);
  await page.locator('#state[data-state="ready"]').waitFor();
  await page.fill('#max-tokens', '110');
  await page.fill('#prompt', 'Repeat this sentence five times: The quick brown fox jumps over the lazy dog.');
  await page.press('#prompt', 'Enter');
  await page.locator('.compare').waitFor({ timeout: 60_000 });
  await openRichestRound(page);
  await page.evaluate(() => scrollTo(0, 0));
  await page.mouse.move(0, 0);
  const path = `${images}dashboard-${colorScheme}.png`;
  mkdirSync(images, { recursive: true });
  await page.screenshot({ path, fullPage: true });
  await page.close();
  execFileSync('pngquant', ['--force', '--skip-if-larger', '--speed', '1', '--strip', '--output', path, '128', path]);
  const { size } = statSync(path);
  console.log(`${path} ${size} bytes`);
  if (size > mostBytes) throw new Error(`${path} has ${size} bytes, more than ${mostBytes}.`);
}

/** Opens the round with the most accepted guesses, of those that lost some too if there are any. */
async function openRichestRound(page) {
  const labels = await page
    .locator('.round')
    .evaluateAll((rounds) => rounds.map((round) => round.getAttribute('aria-label') ?? ''));
  const worth = labels.map((label) => {
    const [, accepted = 0, guesses = 0] = /(\d+) of (\d+)/.exec(label) ?? [];
    return Number(accepted) + (Number(accepted) > 0 && accepted !== guesses ? 100 : 0);
  });
  await page
    .locator('.round')
    .nth(worth.indexOf(Math.max(...worth)))
    .click();
}
