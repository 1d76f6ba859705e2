import { createDecoder } from 'foretoken';
import { answerPrompt } from './decode/answer-prompt.js';
import type { MemoryWork } from './decode/memory-benchmark.js';
import { serveRequests } from './workers/serve-requests.js';

/** One process of `bench:decode --memory`: its memory is that of one method alone. */
serveRequests<MemoryWork>({
  measure: async ({ decoder: options, maximumTokens, prompts }) => {
    const decoder = await createDecoder(options);
    let decoding = 0;
    for (const prompt of prompts) {
      await answerPrompt(decoder, prompt, { draft: options.draft, maximumTokens });
      decoding = Math.max(decoding, process.memoryUsage.rss());
    }
    decoder.close();
    // The system counts in KiB.
    return { peak: process.resourceUsage().maxRSS * 1024, decoding };
  },
});
