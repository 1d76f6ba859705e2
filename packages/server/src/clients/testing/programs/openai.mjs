/** The official client of OpenAI. */
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { ANOTHER, apiKey, baseURL, model, QUESTION, REQUEST, report, weatherOf } from './report.mjs';

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const City = z.object({ city: z.string().max(20) });
const Person = z.object({ name: z.string().max(20), age: z.number().int(), mood: z.enum(['happy', 'sad']) });
const weather = zodFunction({ name: 'get_weather', description: 'Weather of a city', parameters: City });
const settings = { model, temperature: 0 };

await report({
  'chat tools': async () => {
    const messages = [{ role: 'user', content: QUESTION }];
    const body = { ...settings, tools: [weather], max_completion_tokens: 100 };
    const first = await client.chat.completions.parse({ ...body, messages, tool_choice: 'required' });
    const { message } = first.choices[0];
    messages.push(message);
    for (const call of message.tool_calls) {
      const content = JSON.stringify(weatherOf(call.function.parsed_arguments.city));
      messages.push({ role: 'tool', tool_call_id: call.id, content });
    }
    const second = await client.chat.completions.parse({ ...body, messages, tool_choice: 'none' });
    const calls = message.tool_calls.map(({ function: { name, parsed_arguments } }) => ({
      name,
      arguments: parsed_arguments,
    }));
    return { calls, answer: second.choices[0].message.content };
  },
  'chat tools, run by the client, streamed': async () => {
    const calls = [];
    const runner = client.chat.completions.runTools({
      ...settings,
      stream: true,
      max_completion_tokens: 100,
      messages: [{ role: 'user', content: QUESTION }],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Weather of a city',
            parse: JSON.parse,
            parameters: { type: 'object', properties: { city: { type: 'string', maxLength: 20 } }, required: ['city'] },
            function: (given) => {
              calls.push({ name: 'get_weather', arguments: given });
              return weatherOf(given.city);
            },
          },
        },
      ],
    });
    // With a function that must be called the client stops after it.
    await runner.done();
    const messages = runner.messages;
    const second = await client.chat.completions.create({ ...settings, max_completion_tokens: 60, messages });
    return { calls, answer: second.choices[0].message.content };
  },
  'chat form': async () => {
    const messages = [{ role: 'user', content: REQUEST }];
    const body = { ...settings, response_format: zodResponseFormat(Person, 'person'), max_completion_tokens: 100 };
    const first = await client.chat.completions.parse({ ...body, messages });
    messages.push(first.choices[0].message, { role: 'user', content: ANOTHER });
    const second = await client.chat.completions.parse({ ...body, messages });
    return { forms: [first, second].map(({ choices }) => choices[0].message.parsed) };
  },
  'chat form, streamed, or tools': async () => {
    const messages = [{ role: 'user', content: REQUEST }];
    const forms = [];
    const calls = [];
    const body = {
      ...settings,
      response_format: zodResponseFormat(Person, 'person'),
      tools: [weather],
      max_completion_tokens: 100,
      stream_options: { include_usage: true },
    };
    // The model may choose the first time; then it has to call, then to answer in the form, twice.
    for (const tool_choice of ['auto', 'required', 'none', 'none']) {
      const { choices } = await client.chat.completions
        .stream({ ...body, messages, tool_choice })
        .finalChatCompletion();
      const { message } = choices[0];
      messages.push(message);
      for (const { id, function: called } of message.tool_calls ?? []) {
        const given = called.parsed_arguments;
        calls.push({ name: called.name, arguments: given });
        messages.push({ role: 'tool', tool_call_id: id, content: JSON.stringify(weatherOf(given.city)) });
      }
      messages.push({ role: 'user', content: ANOTHER });
      if (tool_choice === 'none') forms.push(message.parsed);
    }
    return { calls, forms, answer: messages.at(-2).content };
  },
  'responses tools': async () => {
    const tools = [zodResponsesFunction({ name: 'get_weather', description: 'Weather of a city', parameters: City })];
    const body = { ...settings, tools, store: false, max_output_tokens: 100 };
    const input = [{ role: 'user', content: QUESTION }];
    const first = await client.responses.parse({ ...body, input, tool_choice: 'required' });
    input.push(...first.output);
    const called = first.output.filter(({ type }) => type === 'function_call');
    for (const call of called) {
      const output = JSON.stringify(weatherOf(call.parsed_arguments.city));
      input.push({ type: 'function_call_output', call_id: call.call_id, output });
    }
    const second = await client.responses.parse({ ...body, input, tool_choice: 'none' });
    const calls = called.map(({ name, parsed_arguments }) => ({ name, arguments: parsed_arguments }));
    return { calls, answer: second.output_text };
  },
  'responses form, streamed': async () => {
    const body = {
      ...settings,
      text: { format: zodTextFormat(Person, 'person') },
      store: false,
      max_output_tokens: 100,
    };
    const input = [{ role: 'user', content: REQUEST }];
    const first = await client.responses.stream({ ...body, input }).finalResponse();
    input.push(...first.output, { role: 'user', content: ANOTHER });
    const second = await client.responses.stream({ ...body, input }).finalResponse();
    return { forms: [first.output_parsed, second.output_parsed] };
  },
});
