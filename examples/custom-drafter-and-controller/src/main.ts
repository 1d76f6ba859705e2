import { standard } from '@foretoken/adaptive';
import { loadModel } from '@foretoken/backend';
import { acceptanceRate, createSampler, type DraftController, Engine, meanAcceptanceLength } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { lastFollower } from './last-follower.js';
import { oneDeeper } from './one-deeper.js';

const prompts = [
  'The colours of the rainbow, one on each line:\n- red\n- orange\n- yellow\n-',
  'Roses are red, violets are blue. Roses are red, violets are blue. Roses are',
];

const { model, tokenizer, close } = await loadModel('smollm2-135m-instruct');
const drafter = lastFollower();
const engine = new Engine({ model, verifier: exactMatch(), sequences: 1 });

async function answer(controller: DraftController, text: string) {
  const tokens: number[] = [];
  const prompt = tokenizer.encode(text);
  const request = { prompt, drafters: [drafter], controller, sampler: createSampler(), maximumTokens: 48 };
  for await (const event of engine.submit(request)) {
    if (event.kind === 'round') tokens.push(...event.round.tokens);
    if (event.kind === 'finish') return { tokens, statistics: event.statistics };
  }
  throw new Error('The generation ended without a finish event.');
}

for (const prompt of prompts) {
  const expected = await answer(standard(), prompt);
  const { tokens, statistics } = await answer(oneDeeper(drafter.name), prompt);
  const identical = tokens.join() === expected.tokens.join();
  console.log(JSON.stringify(tokenizer.decode(tokens)));
  console.log(`  identical         ${identical ? 'yes' : 'no'}`);
  console.log(`  forwards          ${expected.statistics.rounds} standard, ${statistics.rounds} speculative`);
  console.log(`  acceptance rate   ${acceptanceRate(statistics).toFixed(2)}`);
  console.log(`  tokens a forward  ${meanAcceptanceLength(statistics).toFixed(2)}`);
  if (!identical) process.exitCode = 1;
}
await engine.close();
close();
