import type { ChatMessage } from '@foretoken/core/text';

export interface DemoPrompt {
  /** One or two words for the table. */
  readonly title: string;
  readonly messages: readonly ChatMessage[];
}

/**
 * Five everyday jobs. The chat has nothing to copy from, so speculation has nothing to win there; the others repeat
 * parts of their prompt, which is what lookup drafting lives on.
 */
export const DEMO_PROMPTS: readonly DemoPrompt[] = [
  prompt(
    'code edit',
    `Remove "readonly" from this TypeScript interface:

\`\`\`typescript
export interface Customer {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly createdAt: Date;
}
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
    `Extract every date from this text:

The bridge was planned on 4 March 1962, opened on 17 August 1966, closed for repairs on 2 February 1991, and opened again on 30 May 1992.`,
  ),
  prompt(
    'rewriting',
    `Correct the spelling in this text:

The comittee meets on Wednesday to discuss the new library. Every member recieves the agenda before Monday. The plans of the building are on the third floor, next to the elevator.`,
  ),
];

function prompt(title: string, content: string): DemoPrompt {
  return { title, messages: [{ role: 'user', content }] };
}
