/** Drafters with a label of their own; more than there are. */
const MOST_DRAFTERS = 32;

/** Upper bounds of the depths that share a label, so that no choice of depths makes many series. */
const DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] as const;

/** Sums counts of plans (`standard`, `<drafter>:<depth>`) by drafter and by depth up to a bound. */
export function sumPlans(
  plans: Readonly<Record<string, number>>,
): readonly { readonly drafter: string; readonly depth: string; readonly count: number }[] {
  const sums = new Map<string, { drafter: string; depth: string; count: number }>();
  const drafters = new Set<string>();
  for (const [plan, count] of Object.entries(plans)) {
    const { drafter: name, depth } = partsOf(plan);
    const drafter = drafters.has(name) || drafters.size < MOST_DRAFTERS ? name : 'other';
    drafters.add(drafter);
    const key = JSON.stringify([drafter, depth]);
    const sum = sums.get(key) ?? { drafter, depth, count: 0 };
    sum.count += count;
    sums.set(key, sum);
  }
  return [...sums.values()];
}

function partsOf(plan: string): { readonly drafter: string; readonly depth: string } {
  const separator = plan.lastIndexOf(':');
  if (separator === -1) return { drafter: plan, depth: '0' };
  const depth = Number(plan.slice(separator + 1));
  const bound = DEPTHS.find((candidate) => depth <= candidate);
  return { drafter: plan.slice(0, separator), depth: bound === undefined ? 'more' : String(bound) };
}
