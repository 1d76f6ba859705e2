/**
 * Merges neighbours, the pair of lowest priority first and the leftmost among equals, until no pair has one.
 * Byte-pair encoding takes the rank of a merge as the priority, SentencePiece the negated score of the merged
 * token. O(n log n) for n symbols, so that a long run without a word break is no trap.
 */
export function mergeSymbols(
  symbols: readonly string[],
  priorityOf: (left: string, right: string) => number | undefined,
): string[] {
  const texts: (string | undefined)[] = [...symbols];
  const previous = Int32Array.from(symbols, (_, i) => i - 1);
  const next = Int32Array.from(symbols, (_, i) => (i + 1 < symbols.length ? i + 1 : -1));
  const heap: Pair[] = [];

  const offer = (left: number, right: number): void => {
    const leftText = texts[left];
    const rightText = texts[right];
    if (left < 0 || right < 0 || leftText === undefined || rightText === undefined) return;
    const priority = priorityOf(leftText, rightText);
    if (priority !== undefined) push(heap, { priority, left, right, leftText, rightText });
  };

  for (let i = 0; i + 1 < symbols.length; i++) offer(i, i + 1);
  for (let pair = pop(heap); pair; pair = pop(heap)) {
    const { left, right, leftText, rightText } = pair;
    if (texts[left] !== leftText || texts[right] !== rightText || next[left] !== right) continue;
    texts[left] = leftText + rightText;
    texts[right] = undefined;
    const after = next[right] ?? -1;
    next[left] = after;
    if (after >= 0) previous[after] = left;
    offer(previous[left] ?? -1, left);
    offer(left, after);
  }
  return texts.filter((text) => text !== undefined);
}

interface Pair {
  readonly priority: number;
  readonly left: number;
  readonly right: number;
  readonly leftText: string;
  readonly rightText: string;
}

function before(a: Pair, b: Pair): boolean {
  return a.priority < b.priority || (a.priority === b.priority && a.left < b.left);
}

function push(heap: Pair[], pair: Pair): void {
  let at = heap.length;
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (!parent || !before(pair, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = pair;
}

function pop(heap: Pair[]): Pair | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (!top || !last || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    let child = heap[childAt];
    const sibling = heap[childAt + 1];
    if (child && sibling && before(sibling, child)) {
      childAt++;
      child = sibling;
    }
    if (!child || !before(child, last)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
  return top;
}
