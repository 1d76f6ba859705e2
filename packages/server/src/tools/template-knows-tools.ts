import type { ChatTemplate } from '@foretoken/core/text';
import { CALL_TAG } from './tagged-calls.js';

const NAME = 'does_the_template_write_this';
const known = new WeakMap<ChatTemplate, boolean>();

/**
 * Whether a chat template describes tools itself, and asks for calls in the form that is parsed here. A template that
 * does not gets the description as a system message, whatever it could do by itself.
 */
export function templateKnowsTools(template: ChatTemplate): boolean {
  const answer = known.get(template) ?? writesTools(template);
  known.set(template, answer);
  return answer;
}

function writesTools(template: ChatTemplate): boolean {
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'function', function: { name: NAME, description: NAME, parameters } }];
  try {
    const text = template.apply([{ role: 'user', content: 'Hello' }], { tools });
    return text.includes(NAME) && text.includes(CALL_TAG);
  } catch {
    return false;
  }
}
