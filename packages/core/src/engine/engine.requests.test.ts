import {
  Engine,
  EngineClosedError,
  type EngineEvent,
  type EngineOptions,
  InvalidArgumentError,
  QueueFullError,
} from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { MOST_UNREAD_TOKENS } from './engine-task.js';
import { plainRequest, plainTokens, readAnswer } from './testing/read-answer.js';
import { RecordingModel } from './testing/recording-model.js';

function engineOf(model: RecordingModel, options: Partial<EngineOptions> = {}): Engine {
  return new Engine({ model, verifier: exactMatch(), sequences: 2, ...options });
}

/** Lets rounds go by without reading anything. */
async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('Engine: the queue', () => {
  it('lets a tenant with one request wait for one other request at most, beside one with forty', async () => {
    const engine = engineOf(new RecordingModel({ slots: 2 }));
    let ended = 0;
    const heavy = Array.from({ length: 40 }, () =>
      readAnswer(engine.submit({ ...plainRequest([1, 2, 3], 20), tenant: 'heavy' })).then(() => ended++),
    );
    await until(() => ended >= 4);
    const before = ended;
    await readAnswer(engine.submit({ ...plainRequest([4, 5], 4), tenant: 'light' }));
    // Two were running: one of them had to end, the other may have done so too.
    expect(ended - before).toBeLessThanOrEqual(3);
    expect(engine.statistics().waiting).toBeGreaterThan(25);
    await Promise.all(heavy);
  });

  it('takes one request of each tenant even when somebody else has filled it', async () => {
    const engine = engineOf(new RecordingModel({ slots: 2 }), { queue: 3 });
    const submit = (tenant: string): Promise<unknown> =>
      readAnswer(engine.submit({ ...plainRequest([1, 2], 40), tenant }));
    const heavy = Array.from({ length: 5 }, () => submit('heavy'));
    expect(() => engine.submit({ ...plainRequest([1], 1), tenant: 'heavy' })).toThrow(QueueFullError);
    const light = submit('light');
    expect(() => engine.submit({ ...plainRequest([1], 1), tenant: 'light' })).toThrow(QueueFullError);
    await Promise.all([...heavy, light]);
  });

  it('refuses what does not fit with an advice when to come back, and answers all the rest', async () => {
    let time = 0;
    const model = new RecordingModel({ slots: 2 });
    model.before = () => {
      time += 100;
    };
    const engine = engineOf(model, { queue: 3, now: () => time });
    const accepted: Promise<unknown>[] = [];
    let refused: unknown;
    for (let i = 0; i < 20; i++) {
      try {
        accepted.push(readAnswer(engine.submit(plainRequest([1, 2], 40))));
      } catch (error) {
        refused = error;
      }
    }
    expect(accepted).toHaveLength(5);
    expect(refused).toBeInstanceOf(QueueFullError);
    await Promise.all(accepted);
    // Two requests of 40 rounds at 0.1 s each end at a time: one place every 2 s or more.
    const more = Array.from({ length: 5 }, () => readAnswer(engine.submit(plainRequest([1, 2], 40))));
    expect(() => engine.submit(plainRequest([1, 2], 40))).toThrow(QueueFullError);
    try {
      engine.submit(plainRequest([1, 2], 40));
    } catch (error) {
      expect((error as QueueFullError).retryAfterSeconds).toBe(3);
    }
    await Promise.all(more);
    expect(engine.statistics()).toMatchObject({ running: 0, waiting: 0, totals: { refused: 17, finished: 10 } });
  });

  it('starts requests in the order they came, and says how long they waited', async () => {
    let time = 0;
    const model = new RecordingModel();
    model.before = () => {
      time += 10;
    };
    const engine = engineOf(model, { sequences: 1, now: () => time });
    const waits = await Promise.all(
      [1, 2, 3].map(async (token) => {
        let waited = -1;
        for await (const event of engine.submit(plainRequest([token], 5))) {
          if (event.kind === 'started') waited = event.waitedMilliseconds;
        }
        return waited;
      }),
    );
    expect(waits).toEqual([0, 50, 100]);
  });

  it('refuses options and requests that are none', () => {
    const model = new RecordingModel();
    for (const options of [{ sequences: 0 }, { queue: -1 }, { kvTokens: 1 }, { prefillTokens: 0.5 }]) {
      expect(() => engineOf(model, options)).toThrow(InvalidArgumentError);
    }
    expect(() => engineOf(model, { drafterTimeout: 0 })).toThrow(InvalidArgumentError);
    const engine = engineOf(model);
    expect(() => engine.submit({ ...plainRequest([1], 5), deadline: 0 })).toThrow(/deadline/);
    expect(() => engine.submit({ ...plainRequest([1], 5), topLogprobs: 21 })).toThrow(/topLogprobs/);
    expect(() => engine.submit(plainRequest([], 5))).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('Engine: deadlines', () => {
  it('ends requests that run or wait for too long, and only those', async () => {
    let time = 0;
    const model = new RecordingModel();
    model.before = () => {
      time += 10;
    };
    const engine = engineOf(model, { sequences: 1, now: () => time });
    const running = readAnswer(engine.submit({ ...plainRequest([1], 100), deadline: 200 }));
    const waiting = readAnswer(engine.submit({ ...plainRequest([2], 100), deadline: 100 }));
    const fine = readAnswer(engine.submit({ ...plainRequest([3], 10), deadline: 10_000 }));
    const [first, second] = await Promise.allSettled([running, waiting]);
    expect(first).toMatchObject({ reason: { code: 'deadline-exceeded', details: { deadline: 200 } } });
    expect(second).toMatchObject({ reason: { code: 'deadline-exceeded', details: { deadline: 100 } } });
    expect((await fine).tokens).toHaveLength(10);
    expect(engine.statistics().totals).toMatchObject({ failed: 2, finished: 1, forwards: 30 });
  });

  it('ends a request on time that nobody reads', async () => {
    const model = new RecordingModel({ contextLength: 5000 });
    const engine = engineOf(model);
    const stream = engine.submit({ ...plainRequest([1], 4000), deadline: 400 });
    await until(() => engine.statistics().running === 0 && engine.statistics().waiting === 0);
    await expect(readAnswer(stream)).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await engine.close();
    expect(model.openSequences).toBe(0);
  });
});

describe('Engine: leaving', () => {
  it('frees the place within one round of an abort, waiting or running', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model, { sequences: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = engine.submit({ ...plainRequest([1], 300), signal: first.signal });
    const waiting = engine.submit({ ...plainRequest([2], 300), signal: second.signal });
    await running.next();
    await running.next();
    second.abort();
    expect(await waiting.next()).toMatchObject({ value: { kind: 'finish', reason: 'abort' } });
    expect(await waiting.next()).toEqual({ done: true, value: undefined });
    const forwards = model.forwards;
    first.abort();
    const { value } = await running.next();
    expect(value).toMatchObject({ kind: 'finish', reason: 'abort', statistics: { generatedTokens: 1 } });
    expect(model.forwards - forwards).toBeLessThanOrEqual(1);
    expect(engine.statistics()).toMatchObject({ running: 0, waiting: 0, totals: { aborted: 2 } });
  });

  it('has freed the place when a consumer’s return settles, even while it was waiting for an event', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model, { sequences: 1 });
    const running = engine.submit(plainRequest([1], 300));
    const waiting = engine.submit(plainRequest([2], 300));
    await running.next();
    const pending = waiting.next();
    await waiting.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(engine.statistics().waiting).toBe(0);
    await running.return();
    expect(engine.statistics()).toMatchObject({ running: 0, waiting: 0 });
    await running.return();
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('gives nothing but the end for a signal that was aborted before', async () => {
    const engine = engineOf(new RecordingModel());
    const events: EngineEvent[] = [];
    for await (const event of engine.submit({ ...plainRequest([1], 5), signal: AbortSignal.abort() }))
      events.push(event);
    expect(events).toMatchObject([{ kind: 'finish', reason: 'abort' }]);
  });
});

describe('Engine: a slow reader', () => {
  it('stops itself only, loses its place to who waits, and gets every token in the end', async () => {
    const model = new RecordingModel({ contextLength: 2000, slots: 2 });
    const engine = engineOf(model);
    const slow = [1, 2].map((token) => engine.submit(plainRequest([token], 700)));
    await until(() => {
      const { forwards } = model;
      return forwards >= MOST_UNREAD_TOKENS - 1;
    });
    const forwards = model.forwards;
    const quick = await readAnswer(engine.submit(plainRequest([3], 50)));
    expect(quick.tokens).toHaveLength(50);
    expect(engine.statistics()).toMatchObject({ totals: { preemptions: 1 } });
    // Two streams that nobody reads have brought no more than they may.
    expect(model.forwards - forwards).toBeLessThan(60);
    const answers = await Promise.all(slow.map(readAnswer));
    for (const [index, { tokens }] of answers.entries()) {
      expect(tokens).toEqual(await plainTokens(new RecordingModel({ contextLength: 2000 }), [index + 1], 700));
    }
  });
});

describe('Engine: closing', () => {
  it('ends everything with an error, gives back all sequences and refuses what comes after', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model);
    const answers = [1, 2, 3, 4].map((token) => readAnswer(engine.submit(plainRequest([token], 300))));
    await until(() => model.forwards > 5);
    const settled = Promise.allSettled(answers);
    await engine.close();
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(EngineClosedError) });
    }
    expect(model.openSequences).toBe(0);
    expect(() => engine.submit(plainRequest([1], 5))).toThrow(EngineClosedError);
    await engine.close();
  });
});
