/** OpenAI's agents SDK: both of its models. */
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { ANOTHER, apiKey, baseURL, model, QUESTION, REQUEST, report, weatherOf } from './report.mjs';

setTracingDisabled(true);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const Person = z.object({ name: z.string().max(20), age: z.number().int(), mood: z.enum(['happy', 'sad']) });
const settings = { temperature: 0, maxTokens: 100 };

/** The agent must call the first time; the SDK then lets it answer. */
async function tools(chosen, stream) {
  const calls = [];
  const weather = tool({
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: z.object({ city: z.string().max(20) }),
    execute: (given) => {
      calls.push({ name: 'get_weather', arguments: given });
      return JSON.stringify(weatherOf(given.city));
    },
  });
  const agent = new Agent({
    name: 'Forecaster',
    instructions: 'You tell the weather.',
    model: chosen,
    tools: [weather],
    modelSettings: { ...settings, toolChoice: 'required' },
  });
  const first = await settled(run(agent, QUESTION, { stream, maxTurns: 4 }));
  return { calls, answer: first.finalOutput };
}

async function forms(chosen, stream) {
  const agent = new Agent({
    name: 'Author',
    instructions: 'You invent people.',
    model: chosen,
    outputType: Person,
    modelSettings: settings,
  });
  const first = await settled(run(agent, REQUEST, { stream }));
  const second = await settled(run(agent, [...first.history, { role: 'user', content: ANOTHER }], { stream }));
  return { forms: [first.finalOutput, second.finalOutput] };
}

async function settled(running) {
  const result = await running;
  await result.completed;
  return result;
}

const chat = new OpenAIChatCompletionsModel(client, model);
const responses = new OpenAIResponsesModel(client, model);
await report({
  'chat tools': () => tools(chat, false),
  'chat tools, streamed': () => tools(chat, true),
  'chat form': () => forms(chat, false),
  'chat form, streamed': () => forms(chat, true),
  'responses tools': () => tools(responses, false),
  'responses tools, streamed': () => tools(responses, true),
  'responses form': () => forms(responses, false),
  'responses form, streamed': () => forms(responses, true),
});
