import type { ChatMessage } from '@foretoken/core/text';

/** A question of the demonstration. */
export interface DemoPrompt {
  /** One or two words for the table. */
  readonly title: string;
  readonly messages: readonly ChatMessage[];
}

/**
 * Five everyday jobs. The first has nothing to copy from, so speculation has nothing to win there; the others repeat
 * parts of their prompt, which is what lookup drafting lives on.
 */
export const DEMO_PROMPTS: readonly DemoPrompt[] = [
  prompt(
    'code edit',
    `Rename the variable "total" to "sum" in this function and print the whole function:

\`\`\`python
def average(numbers):
    total = 0
    for number in numbers:
        total = total + number
    if len(numbers) == 0:
        return 0
    return total / len(numbers)
\`\`\``,
  ),
  prompt('chat', 'Why is the sky blue? Answer in two sentences.'),
  prompt(
    'summary',
    `Summarize this text, quoting its most important sentence word for word.

The Great Barrier Reef is the largest coral reef system in the world. It is made of over 2,900 individual reefs and stretches for over 2,300 kilometres off the coast of Queensland, Australia. The reef can be seen from outer space and is the biggest structure made by living organisms. Rising sea temperatures have bleached large parts of it since 1998.`,
  ),
  prompt(
    'extraction',
    `Copy every line of this list that has a phone number.

Anna Berger, Vienna, phone 0043-1-555-2391
Carl Duarte, Lisbon, no phone
Emma Fischer, Hamburg, phone 0049-40-555-7710
Giovanni Horn, Trieste, no phone
Ines Jansen, Utrecht, phone 0031-30-555-1846`,
  ),
  prompt(
    'rewriting',
    `Correct the spelling mistakes in this text and print all of it:

The comittee will meet on Wednesday to discuss the new libary. Every member should recieve the agenda befor Monday. Plans of the bilding are on the third floor, next to the elevator.`,
  ),
];

function prompt(title: string, content: string): DemoPrompt {
  return { title, messages: [{ role: 'user', content }] };
}
