import type { z } from 'zod';
import { chatSchema } from '../chat-schema.js';
import { completionSchema } from '../completion-schema.js';
import { parameterHelp } from '../parameter.js';

/** The parameters of chat and completions as a table in Markdown: the one in the documentation. */
export function parametersTable(): string {
  const chat: Readonly<Record<string, z.ZodType>> = chatSchema.shape;
  const completions: Readonly<Record<string, z.ZodType>> = completionSchema.shape;
  const rows = [
    ...rowsOf(chat, (name, schema) => (completions[name] === schema ? '' : ' (chat)')),
    ...rowsOf(completions, (name, schema) => (chat[name] === schema ? undefined : ' (completions)')),
  ];
  const head = ['parameter', 'default', 'meaning'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `where`: which endpoint has it; `undefined` for what has a row already. */
function rowsOf(
  shape: Readonly<Record<string, z.ZodType>>,
  where: (name: string, schema: z.ZodType) => string | undefined,
): readonly (readonly string[])[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const help = parameterHelp(schema);
    const endpoint = where(name, schema);
    return help === undefined || endpoint === undefined
      ? []
      : [[`\`${name}\`${endpoint}`, help.byDefault, help.meaning]];
  });
}
