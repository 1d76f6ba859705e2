import { it } from 'vitest';
import { compareControllers } from './compare-controllers.js';
import { SCENARIOS } from './scenarios.js';
it('probe', () => {
  const out: string[] = [];
  const t0=Date.now();
  for (const s of SCENARIOS) { if (process.env.ONLY && !`${s.machine} ${s.name}`.includes(process.env.ONLY)) continue;
    const c = compareControllers(s, { tokens: 3000, seeds: [1,2,3] });
    const { costAware: a, heuristic: h, exponentialAverage: e } = c.controllers; const pct=(x:number)=>(100*x/c.bestFixed).toFixed(1);
    const bad = (s.kind==='stationary'&&a.speed/c.bestFixed<.95)||(s.kind==='changing'&&a.speed/c.bestFixed<.9)||(s.kind==='useless'&&a.speed<.97)||(a.switchRate>.05);
    out.push(`${bad?'!':' '} ${s.machine} ${s.name}: best ${c.bestPlan} ${c.bestFixed.toFixed(2)}x | aware ${pct(a.speed)} vsStd ${a.speed.toFixed(3)} sw ${a.switchRate.toFixed(3)} | heur ${pct(h.speed)} ema ${pct(e.speed)}`);
  }
  console.log(out.join('\n')+`\n${Date.now()-t0} ms`);
}, 600000);
