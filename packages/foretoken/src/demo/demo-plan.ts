import { DEMO_PROMPTS, type DemoPrompt } from './demo-prompts.js';

/** How much of the demonstration a device can show in about a minute. */
export interface DemoPlan {
  readonly prompts: readonly DemoPrompt[];
  /** Most tokens of each answer. */
  readonly maxTokens: number;
}

/** The plan for a device: everything on native TensorFlow, less on the slow portable backends. */
export function demoPlan(device: string): DemoPlan {
  switch (device) {
    case 'wasm':
      return { prompts: DEMO_PROMPTS.slice(0, 2), maxTokens: 24 };
    case 'js':
      return { prompts: DEMO_PROMPTS.slice(1, 2), maxTokens: 4 };
    default:
      return { prompts: DEMO_PROMPTS, maxTokens: 96 };
  }
}
