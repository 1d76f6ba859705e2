/** LangChain.js with its provider for OpenAI: both of the provider's endpoints, and both ways to a form. */
import { AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { ANOTHER, apiKey, baseURL, model, QUESTION, REQUEST, report, weatherOf } from './report.mjs';

const settings = { model, temperature: 0, maxTokens: 100, maxRetries: 0, apiKey, configuration: { baseURL } };
const chat = new ChatOpenAI(settings);
const responses = new ChatOpenAI({ ...settings, useResponsesApi: true });
const Person = z.object({ name: z.string().max(20), age: z.number().int(), mood: z.enum(['happy', 'sad']) });
const weather = tool(({ city }) => JSON.stringify(weatherOf(city)), {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string().max(20) }),
});

async function invoke(llm, messages, options) {
  return await llm.invoke(messages, options);
}

async function streamed(llm, messages, options) {
  let whole = new AIMessageChunk('');
  for await (const chunk of await llm.stream(messages, options)) whole = whole.concat(chunk);
  return whole;
}

async function tools(llm, ask) {
  const messages = [new HumanMessage(QUESTION)];
  const first = await ask(llm.bindTools([weather], { tool_choice: 'get_weather' }), messages);
  messages.push(first);
  for (const call of first.tool_calls) {
    const content = await weather.invoke(call.args);
    messages.push(new ToolMessage({ content, tool_call_id: call.id }));
  }
  const second = await ask(llm, messages);
  return { calls: first.tool_calls.map(({ name, args }) => ({ name, arguments: args })), answer: second.text };
}

async function forms(llm, method) {
  const held = llm.withStructuredOutput(Person, { name: 'person', method, includeRaw: true });
  const messages = [new HumanMessage(REQUEST)];
  const first = await held.invoke(messages);
  // A form that came as a call is answered like a call.
  const results = (first.raw.tool_calls ?? []).map(
    (call) => new ToolMessage({ content: 'Noted.', tool_call_id: call.id }),
  );
  const second = await held.invoke([...messages, first.raw, ...results, new HumanMessage(ANOTHER)]);
  return { forms: [first.parsed, second.parsed] };
}

await report({
  'chat tools': () => tools(chat, invoke),
  'chat tools, streamed': () => tools(chat, streamed),
  'chat form': () => forms(chat, 'jsonSchema'),
  'chat form, as a call': () => forms(chat, 'functionCalling'),
  'responses tools': () => tools(responses, invoke),
  'responses tools, streamed': () => tools(responses, streamed),
  'responses form': () => forms(responses, 'jsonSchema'),
});
