import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairTurns } from './fair-turns.js';

describe('FairTurns', () => {
  it('gives tenants that always wait equally much, up to one request', () => {
    const costs = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 30, maxLength: 60 });
    fc.assert(
      fc.property(fc.array(costs, { minLength: 2, maxLength: 4 }), (requests) => {
        const turns = new FairTurns();
        let number = 0;
        const waiting = requests.flatMap((costs, tenant) => {
          turns.join(`${tenant}`);
          return costs.map((cost) => ({ tenant: `${tenant}`, number: number++, cost }));
        });
        const served = new Map<string, number>();
        while (requests.every((_, tenant) => waiting.some((request) => request.tenant === `${tenant}`))) {
          const next = turns.next(waiting)!;
          const oldest = waiting.find(({ tenant }) => tenant === next.tenant);
          expect(next).toBe(oldest);
          waiting.splice(waiting.indexOf(next), 1);
          turns.charge(next.tenant, next.cost);
          served.set(next.tenant, (served.get(next.tenant) ?? 0) + next.cost);
        }
        const counts = requests.map((_, tenant) => served.get(`${tenant}`) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(200);
      }),
    );
  });

  it('lets a newcomer in next, without a claim on what others had before it came', () => {
    const turns = new FairTurns();
    turns.join('old');
    turns.charge('old', 1_000);
    turns.join('new');
    const waiting = [
      { tenant: 'old', number: 1 },
      { tenant: 'new', number: 2 },
      { tenant: 'new', number: 3 },
    ];
    turns.charge('old', 1);
    expect(turns.next(waiting)?.number).toBe(2);
    turns.charge('new', 5);
    expect(turns.next(waiting.filter(({ number }) => number !== 2))?.number).toBe(1);
  });

  it('forgets tenants without requests', () => {
    const turns = new FairTurns();
    turns.join('a');
    turns.join('b');
    turns.charge('a', 1_000);
    turns.keep(new Set(['b']));
    turns.join('a');
    turns.charge('b', 1);
    expect(
      turns.next([
        { tenant: 'b', number: 1 },
        { tenant: 'a', number: 2 },
      ])?.tenant,
    ).toBe('a');
  });
});
