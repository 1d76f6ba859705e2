import { drawing, element, setAttributes } from './dom.js';
import { type ChartPoint, segments, timeAxis, valueAxis } from './scale.js';

export interface ChartOptions {
  /** What is drawn, for those who can't see it. */
  readonly label: string;
  readonly format: (value: number) => string;
  /** Top of the value axis where all values are smaller. */
  readonly least: number;
  /** A value to compare with. */
  readonly reference?: { readonly value: number; readonly label: string };
  /** Values hold until the next one. @default false */
  readonly steps?: boolean;
}

const MARGIN = { left: 40, right: 10, top: 10, bottom: 22 };

/** A line over the last minutes, with axes, and the value under the pointer. */
export class LineChart {
  readonly #host: HTMLElement;
  readonly #options: ChartOptions;
  readonly #svg = drawing('svg', { role: 'img', class: 'chart-drawing' });
  readonly #note = element('div', { class: 'chart-note', 'aria-hidden': 'true', hidden: true });
  #points: readonly ChartPoint[] = [];
  #pointer: number | undefined;

  constructor(host: HTMLElement, options: ChartOptions) {
    this.#host = host;
    this.#options = options;
    host.append(this.#svg, this.#note);
    new ResizeObserver(() => this.#draw()).observe(host);
    host.addEventListener('pointermove', (event) => {
      this.#pointer = event.clientX - host.getBoundingClientRect().left;
      this.#draw();
    });
    host.addEventListener('pointerleave', () => {
      this.#pointer = undefined;
      this.#draw();
    });
  }

  show(points: readonly ChartPoint[]): void {
    this.#points = points;
    this.#draw();
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width === 0 || height === 0) return;
    const now = this.#points.at(-1)?.time ?? 0;
    const time = timeAxis(now - (this.#points[0]?.time ?? now));
    const { least, format, reference, label } = this.#options;
    const values = valueAxis(
      this.#points.map(({ value }) => value),
      least,
    );
    const right = width - MARGIN.right;
    const bottom = height - MARGIN.bottom;
    const x = (at: number): number => right - ((now - at) / time.span) * (right - MARGIN.left);
    const y = (value: number): number => bottom - (value / values.top) * (bottom - MARGIN.top);

    const grid = values.ticks.flatMap((tick) => [
      drawing('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick) }),
      drawing('text', { class: 'tick', x: MARGIN.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, format(tick)),
    ]);
    const times = time.ticks.map(({ ago, label: text }, index) =>
      drawing(
        'text',
        {
          class: 'tick',
          x: x(now - ago),
          y: height - 4,
          'text-anchor': index === 0 ? 'start' : ago === 0 ? 'end' : 'middle',
        },
        text,
      ),
    );
    const compare =
      reference === undefined
        ? []
        : [
            drawing('line', {
              class: 'reference',
              x1: MARGIN.left,
              x2: right,
              y1: y(reference.value),
              y2: y(reference.value),
            }),
            drawing(
              'text',
              { class: 'reference-label', x: MARGIN.left + 6, y: y(reference.value) - 5 },
              reference.label,
            ),
          ];
    const lines = segments(this.#points).flatMap((run) => this.#line(run, { x, y, bottom }));
    setAttributes(this.#svg, {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      'aria-label': `${label}: ${this.#summary()}`,
    });
    this.#svg.replaceChildren(...grid, ...times, ...lines, ...compare, ...this.#cursor(x, y, bottom));
  }

  #line(
    run: readonly ChartPoint<number>[],
    { x, y, bottom }: { x: (time: number) => number; y: (value: number) => number; bottom: number },
  ): Element[] {
    const [first, ...rest] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return [];
    if (rest.length === 0) return [drawing('circle', { class: 'dot', cx: x(first.time), cy: y(first.value), r: 1.75 })];
    const path = rest.reduce(
      (made, point) => {
        const to = `${x(point.time).toFixed(1)},${y(point.value).toFixed(1)}`;
        return `${made}${this.#options.steps ? `H${x(point.time).toFixed(1)}` : ''}L${to}`;
      },
      `M${x(first.time).toFixed(1)},${y(first.value).toFixed(1)}`,
    );
    return [
      drawing('path', { class: 'area', d: `${path}V${bottom}H${x(first.time).toFixed(1)}Z` }),
      drawing('path', { class: 'line', d: path }),
    ];
  }

  /** The point nearest to the pointer. */
  #cursor(x: (time: number) => number, y: (value: number) => number, bottom: number): Element[] {
    const pointer = this.#pointer;
    let nearest: ChartPoint | undefined;
    if (pointer !== undefined) {
      const distance = ({ time }: ChartPoint): number => Math.abs(x(time) - pointer);
      for (const point of this.#points) {
        if (nearest === undefined || distance(point) <= distance(nearest)) nearest = point;
      }
    }
    this.#note.hidden = nearest?.value === null || nearest === undefined;
    if (nearest === undefined || nearest.value === null) return [];
    const at = x(nearest.time);
    this.#note.textContent = `${this.#options.format(nearest.value)}  ·  ${new Date(nearest.time).toLocaleTimeString('en-GB')}`;
    this.#note.style.setProperty('--at', `${Math.min(at, this.#host.clientWidth - 130)}px`);
    return [
      drawing('line', { class: 'cursor', x1: at, x2: at, y1: MARGIN.top, y2: bottom }),
      drawing('circle', { class: 'dot', cx: at, cy: y(nearest.value), r: 3.5 }),
    ];
  }

  #summary(): string {
    const known = this.#points.flatMap(({ value }) => (value === null ? [] : [value]));
    const last = known.at(-1);
    if (last === undefined) return 'nothing yet';
    const { format } = this.#options;
    return `latest ${format(last)}, highest ${format(Math.max(...known))}`;
  }
}
