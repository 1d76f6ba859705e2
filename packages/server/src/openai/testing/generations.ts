import type { ModelText } from '@foretoken/backend';
import { LateTextWork } from '../../lifecycle/late-text-work.js';
import { TextWork } from '../../text-work/text-work.js';
import type { Asker } from '../../threads/tenant-thread.js';
import { Generations } from '../generations.js';
import { testConfiguration } from './configuration.js';
import { ScriptedEngine } from './scripted-engine.js';

/** What turns requests into generations, around a text side and no engine to speak of. */
export function generationsOf(text: ModelText): Generations {
  const late = new LateTextWork();
  late.arrive(new TextWork(text));
  return new Generations(new ScriptedEngine({ contextLength: 4_096 }), late, testConfiguration());
}

/** Somebody who asks and stays. */
export const asker: Asker = { tenant: '', signal: new AbortController().signal };
