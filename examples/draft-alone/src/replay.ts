import type { promptLookup } from '@foretoken/draft';

type Drafter = ReturnType<typeof promptLookup>;

/** What guesses would have brought for a text that is already known. */
export interface Replay {
  readonly drafted: number;
  readonly accepted: number;
  /** Forward passes that a model would have needed to write the text. */
  readonly rounds: number;
}

/** Goes through a text as decoding would: guess, keep what is right, add the token that comes next, tell the drafter. */
export async function replay(drafter: Drafter, text: Int32Array, prompt: number, depth: number): Promise<Replay> {
  const session = drafter.open(text.slice(0, prompt));
  let [drafted, accepted, rounds] = [0, 0, 0];
  for (let position = prompt; position < text.length; rounds++) {
    const tree = await session.propose({ depth, width: 1, nodes: depth, minimumConfidence: 0 });
    const guesses = tree?.tokens.subarray(0, text.length - position) ?? new Int32Array();
    const wrong = guesses.findIndex((token, i) => token !== text[position + i]);
    const right = wrong === -1 ? guesses.length : wrong;
    drafted += guesses.length;
    accepted += right;
    session.observe(text.slice(position, position + right + 1));
    position += right + 1;
  }
  session.close();
  return { drafted, accepted, rounds };
}
