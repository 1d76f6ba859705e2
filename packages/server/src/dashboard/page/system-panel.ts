import type { FeedEngine, FeedPoint, FeedStatus } from '../feed.js';
import { element, find, setText } from './dom.js';
import { formatBytes, formatCount, formatDuration, formatShare, NOTHING } from './format.js';

/** Requests, memory and engines: what the machine has to say. */
export class SystemPanel {
  readonly #announce = find('announcer', HTMLElement);
  #state: FeedStatus['state'] | undefined;

  show(status: FeedStatus, point: FeedPoint | undefined): void {
    const { requests, kvTokens, kvCapacity, gpus, engines, window, total } = status;
    setText('running', formatCount(point?.running ?? 0));
    setText('waiting', formatCount(point?.waiting ?? 0));
    setText('requests-note', requestsNote(requests));
    meter('kv-meter', kvCapacity > 0 ? kvTokens / kvCapacity : 0);
    setText('kv', formatShare(kvCapacity > 0 ? kvTokens / kvCapacity : null));
    setText('kv-note', `${formatCount(kvTokens)} of ${formatCount(kvCapacity)} tokens`);
    setText('memory', formatBytes((point?.serverBytes ?? 0) + (point?.enginesBytes ?? 0)));
    setText(
      'memory-note',
      `server ${formatBytes(point?.serverBytes ?? 0)}, engines ${formatBytes(point?.enginesBytes ?? 0)}`,
    );
    const [gpu] = gpus;
    find('gpu-card', HTMLElement).hidden = gpu === undefined;
    if (gpu !== undefined) {
      setText('gpu', formatShare(gpu.utilisation));
      meter('gpu-meter', gpu.utilisation ?? 0);
      setText('gpu-note', gpuNote(gpus));
    }
    showEngines(engines);
    setText('uptime', `up ${formatDuration(status.uptimeSeconds)}`);
    const fallbacks = total.fallbacks.map(({ cause, count }) => `${FALLBACKS[cause] ?? cause} (${formatCount(count)})`);
    setText('fallbacks', formatCount(total.fallbacks.reduce((sum, { count }) => sum + count, 0)));
    setText('fallbacks-note', fallbacks.length > 0 ? fallbacks.join(', ') : 'Every round went as planned.');
    const { rounds, standardRounds, standardReasons } = window.rounds > 0 ? window : total;
    setText('standard', formatShare(rounds > 0 ? standardRounds / rounds : null));
    setText(
      'standard-note',
      standardReasons.map(({ reason, count }) => `${reason} (${formatCount(count)})`).join(', '),
    );
    setText('round-time', roundTime(window.milliseconds ?? total.milliseconds));
    this.#showState(status);
  }

  #showState(status: FeedStatus): void {
    const { state, description } = status;
    find('state', HTMLElement).dataset.state = state;
    setText('state', state);
    find('engine-banner', HTMLElement).hidden = state === 'ready';
    setText('engine-banner', BANNERS[state]);
    if (description === undefined) setText('model', state === 'starting' ? 'loading the model…' : 'no model');
    else {
      const { model, device, executor, arithmetic, draft, draftModel, controller } = description;
      const guesses = draftModel === undefined || draft.startsWith('model:') ? draft : `${draft} with ${draftModel}`;
      setText('model', model);
      setText('model-note', `${device}, ${executor}, ${arithmetic} · guesses: ${guesses} · control: ${controller}`);
    }
    if (this.#state !== undefined && this.#state !== state) this.#announce.textContent = `Engine: ${state}`;
    this.#state = state;
  }
}

const BANNERS: Record<FeedStatus['state'], string> = {
  starting: 'The engine is loading its model. Requests are answered once it is ready.',
  ready: '',
  restarting: 'The engine had stopped and is being started again.',
  failed: 'The engine stopped and will not come back by itself. The server’s log says why.',
  closed: 'The server is shutting down.',
};

const FALLBACKS: Readonly<Record<string, string>> = {
  'drafter-error': 'drafter failed',
  'drafter-timeout': 'drafter too slow',
  'drafter-resting': 'drafter resting after a failure',
  'kv-capacity': 'no room in the KV cache',
};

function gpuNote(gpus: FeedStatus['gpus']): string {
  return gpus
    .map(({ index, usedBytes, totalBytes }) =>
      usedBytes === undefined || totalBytes === undefined
        ? `GPU ${index}`
        : `GPU ${index}: ${formatBytes(usedBytes)} of ${formatBytes(totalBytes)}`,
    )
    .join(', ');
}

function requestsNote({ finished, aborted, failed, refused, preemptions }: FeedStatus['requests']): string {
  const parts = [
    [finished, 'finished'],
    [aborted, 'aborted'],
    [failed, 'failed'],
    [refused, 'refused'],
    [preemptions, 'put back'],
  ] as const;
  const told = parts.filter(([count, name]) => count > 0 || name === 'finished');
  return told.map(([count, name]) => `${formatCount(count)} ${name}`).join(', ');
}

function roundTime(milliseconds: FeedStatus['total']['milliseconds']): string {
  if (milliseconds === null) return '';
  const { draft, forward, verify } = milliseconds;
  return `A round: draft ${draft.toFixed(1)}, forward ${forward.toFixed(1)}, verify ${verify.toFixed(1)} ms`;
}

function showEngines(engines: readonly FeedEngine[]): void {
  find('engines', HTMLElement).replaceChildren(
    ...engines.map(({ index, state, processId, restarts, residentBytes, running }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, String(index)),
        element('td', {}, element('span', { class: 'pill', 'data-state': state }, state)),
        element('td', { class: 'number' }, formatCount(running)),
        element('td', { class: 'number' }, formatBytes(residentBytes)),
        element('td', { class: 'number' }, formatCount(restarts)),
        element('td', { class: 'number optional' }, processId === undefined ? NOTHING : String(processId)),
      ),
    ),
  );
}

function meter(id: string, share: number): void {
  find(id, HTMLElement).style.setProperty('--share', String(share));
}
