import { createDecoder } from 'foretoken';
import { answerPrompt } from './decode/answer-prompt.js';
import type { MemoryReply, MemoryTask } from './decode/memory-benchmark.js';

/** One process of `bench:decode --memory`: its memory is that of one method alone. It lives until its parent disconnects. */

process.on('message', (task: MemoryTask) => {
  measure(task).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      const reply: MemoryReply = { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
      process.send?.(reply);
    },
  );
});
// The parent is gone or done with this process; native state must not keep it alive.
process.on('disconnect', () => process.exit(0));

async function measure({ maximumTokens, prompts, ...options }: MemoryTask): Promise<MemoryReply> {
  const decoder = await createDecoder(options);
  let decoding = 0;
  for (const prompt of prompts) {
    await answerPrompt(decoder, prompt, { draft: options.draft, maximumTokens });
    decoding = Math.max(decoding, process.memoryUsage.rss());
  }
  decoder.close();
  // The system counts in KiB.
  return { kind: 'measured', peak: process.resourceUsage().maxRSS * 1024, decoding };
}
