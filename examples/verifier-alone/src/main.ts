import { createSampler, type DraftTree } from '@foretoken/core';
import { exactMatch, rejectionSampling } from '@foretoken/verifier';
import { scoresOfRows } from './scores-of-rows.js';
import { forward, words } from './toy-model.js';

const START = words.indexOf('the');
const LENGTH = 24;
const ROUNDS = 20_000;

function chain(tokens: readonly number[]): DraftTree {
  return { tokens: Int32Array.from(tokens), parents: Int32Array.from(tokens, (_, i) => i - 1) };
}

/** Greedy decoding of the toy model with these guesses after every token. */
function decode(guess: (last: number) => readonly number[]): { readonly text: number[]; readonly forwards: number } {
  const sampler = createSampler({ temperature: 0 });
  const text = [START];
  let forwards = 0;
  while (text.length < LENGTH) {
    const root = text.at(-1) ?? START;
    const guesses = guess(root);
    const scores = scoresOfRows(forward([root, ...guesses]));
    forwards++;
    text.push(...exactMatch().verify({ tree: chain(guesses), scores, sampler }).tokens);
  }
  return { text: text.slice(0, LENGTH), forwards };
}

// The "drafter" is any function: here a rhyme that everyone knows, "the cat sat on the …".
const rhyme = [0, 1, 2, 3];
const standard = decode(() => []);
const speculative = decode((last) => {
  const at = rhyme.indexOf(last);
  return at === -1 ? [] : [1, 2, 3].map((ahead) => rhyme[(at + ahead) % rhyme.length] ?? START);
});
console.log('greedy, exact match');
console.log(`  text       ${speculative.text.map((token) => words[token]).join(' ')}`);
console.log(`  identical  ${speculative.text.join() === standard.text.join() ? 'yes' : 'no'}`);
console.log(`  forwards   ${standard.forwards} standard, ${speculative.forwards} speculative`);

// A drafter that samples tells what it sampled from. Its distribution q may be far off: the output still follows the model.
const q = Float32Array.of(0.1, 0.2, 0.1, 0.1, 0.4, 0.1);
const softmax = createSampler({ temperature: 1 }).distribution(forward([START])[0] ?? new Float32Array(words.length));
const seen = words.map(() => 0);
let accepted = 0;
for (let seed = 0; seed < ROUNDS; seed++) {
  const guess = draw(q, createSampler({ seed: ROUNDS + seed }).random());
  const tree = { ...chain([guess]), proposals: [{ kind: 'full', probabilities: q } as const] };
  const scores = scoresOfRows(forward([START, guess]));
  const verdict = rejectionSampling().verify({ tree, scores, sampler: createSampler({ temperature: 1, seed }) });
  const first = verdict.tokens[0] ?? 0;
  seen[first] = (seen[first] ?? 0) + 1;
  accepted += verdict.path.length;
}
console.log(`\nsampled, rejection sampling, ${ROUNDS} rounds, ${((100 * accepted) / ROUNDS).toFixed(0)} % accepted`);
console.log('  word  drafter  model  output');
for (const [token, word] of words.entries()) {
  const shares = [q[token], softmax[token], (seen[token] ?? 0) / ROUNDS].map((share) => (share ?? 0).toFixed(3));
  console.log(`  ${word.padEnd(4)}  ${shares.join('    ')}`);
}

function draw(probabilities: Float32Array, random: number): number {
  let rest = random;
  const drawn = probabilities.findIndex((probability) => {
    rest -= probability;
    return rest < 0;
  });
  return drawn === -1 ? probabilities.length - 1 : drawn;
}
