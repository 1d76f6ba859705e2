/** Vercel's AI SDK with its provider for OpenAI: both of the provider's endpoints. */
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { ANOTHER, apiKey, baseURL, model, QUESTION, REQUEST, report, weatherOf } from './report.mjs';

const provider = createOpenAI({ baseURL, apiKey });
const Person = z.object({ name: z.string().max(20), age: z.number().int(), mood: z.enum(['happy', 'sad']) });

/** Two steps: a call that must be made, then an answer with what it gave. */
const withTools = (chosen) => ({
  ...chosen,
  temperature: 0,
  maxRetries: 0,
  maxOutputTokens: 100,
  prompt: QUESTION,
  stopWhen: stepCountIs(2),
  prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : 'none' }),
  tools: {
    get_weather: tool({
      description: 'Weather of a city',
      inputSchema: z.object({ city: z.string().max(20) }),
      execute: ({ city }) => weatherOf(city),
    }),
  },
});
const outcome = (steps, answer) => ({
  calls: steps.flatMap(({ toolCalls }) =>
    toolCalls.map(({ toolName, input }) => ({ name: toolName, arguments: input })),
  ),
  answer,
});

const form = (chosen, messages) => ({
  ...chosen,
  temperature: 0,
  maxRetries: 0,
  maxOutputTokens: 100,
  output: Output.object({ schema: Person, name: 'person' }),
  messages,
});

async function forms(chosen) {
  const messages = [{ role: 'user', content: REQUEST }];
  const first = await generateText(form(chosen, messages));
  const second = await generateText(
    form(chosen, [...messages, ...first.response.messages, { role: 'user', content: ANOTHER }]),
  );
  return { forms: [first.output, second.output] };
}

async function formsStreamed(chosen) {
  const messages = [{ role: 'user', content: REQUEST }];
  const first = streamText(form(chosen, messages));
  const answered = (await first.response).messages;
  const second = streamText(form(chosen, [...messages, ...answered, { role: 'user', content: ANOTHER }]));
  return { forms: [await first.output, await second.output] };
}

async function tools(chosen) {
  const { steps, text } = await generateText(withTools(chosen));
  return outcome(steps, text);
}

async function toolsStreamed(chosen) {
  const result = streamText(withTools(chosen));
  return outcome(await result.steps, await result.text);
}

const chat = { model: provider.chat(model) };
const stored = { model: provider(model) };
const responses = { ...stored, providerOptions: { openai: { store: false } } };
await report({
  'chat tools': () => tools(chat),
  'chat tools, streamed': () => toolsStreamed(chat),
  'chat form': () => forms(chat),
  'chat form, streamed': () => formsStreamed(chat),
  'responses tools': () => tools(responses),
  'responses tools, streamed': () => toolsStreamed(responses),
  'responses form': () => forms(responses),
  'responses form, streamed': () => formsStreamed(responses),
  'responses, stored': () => forms(stored),
});
