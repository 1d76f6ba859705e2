import type { ModelText } from '@foretoken/backend';
import { completeConfiguration } from '@foretoken/server/configuration';
import type { EngineSettings } from '../engine-settings.js';
import type { TextEvent, TextRequest } from '../text-engine.js';

/** Settings of a small engine of the real model: the server's defaults. */
export function engineSettings(settings: Partial<EngineSettings> = {}): EngineSettings {
  const { model, engine } = completeConfiguration({});
  return { model, ...engine, ...settings };
}

let count = 0;

/** A question as a chat; greedy unless the options say otherwise. */
export function textRequest(text: ModelText, question: string, options: Partial<TextRequest> = {}): TextRequest {
  const conversation = text.chatTemplate?.apply([{ role: 'user', content: question }]) ?? question;
  const prompt = text.tokenizer.encode(conversation, { specialTokens: true });
  return { id: `request-${++count}`, prompt, sampling: {}, ...options };
}

/** The text of an answer. */
export async function collectText(events: AsyncIterable<TextEvent>): Promise<string> {
  let answer = '';
  for await (const event of events) if ('text' in event) answer += event.text;
  return answer;
}
