import { readFile } from 'node:fs/promises';
import { promptLookup, suffix } from '@foretoken/draft';
import { replay } from './replay.js';
import { tokenize } from './tokenize.js';

const DEPTH = 6;

const file = process.argv[2] ?? new URL('sample.txt', import.meta.url);
const text = tokenize(await readFile(file, 'utf8'));
const prompt = Math.min(8, text.length);
const remembering = suffix();
const candidates = [
  { name: 'lookup', drafter: promptLookup() },
  { name: 'suffix', drafter: remembering },
  { name: 'suffix, second time', drafter: remembering },
];

console.log(`${text.length} tokens, at most ${DEPTH} guessed at a time`);
console.log('drafter              guessed  right  acceptance  tokens a forward');
for (const { name, drafter } of candidates) {
  const { drafted, accepted, rounds } = await replay(drafter, text, prompt, DEPTH);
  const rate = drafted === 0 ? '-' : `${((100 * accepted) / drafted).toFixed(0)} %`;
  const tokensAForward = rounds === 0 ? '-' : ((text.length - prompt) / rounds).toFixed(2);
  const cells = [drafted, accepted].map((count) => String(count).padStart(6));
  console.log(`${name.padEnd(20)}  ${cells.join(' ')}  ${rate.padStart(10)}  ${tokensAForward.padStart(16)}`);
}
