import { drawing, element } from './dom.js';
import { formatShare, visibleText } from './format.js';
import type { NodeKind, PlacedNode, TreeLayout } from './tree-layout.js';

const ROW = 54;
const BOX = 28;
const GAP = 30;
/** Of the monospaced font that labels are set in. */
const CHARACTER = 7.5;
const MOST_CHARACTERS = 18;

const KINDS: Record<NodeKind, { readonly name: string; readonly mark: string }> = {
  root: { name: 'the token before', mark: '' },
  accepted: { name: 'accepted', mark: '✓' },
  rejected: { name: 'rejected', mark: '✕' },
  unreached: { name: 'not judged, for it follows a rejected guess', mark: '' },
  own: { name: 'the model’s own', mark: '' },
};

/** The tree as a picture. What it shows is in `treeList` too, so it is hidden from screen readers. */
export function treePicture({ nodes, columns, rows }: TreeLayout): SVGSVGElement {
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...nodes.filter((node) => node.column === column).map(boxWidth)),
  );
  const lefts = widths.map((_, column) => widths.slice(0, column).reduce((sum, width) => sum + width + GAP, 1));
  const width = widths.reduce((sum, each) => sum + each + GAP, 2) - GAP;
  const height = rows * ROW;
  const left = ({ column }: PlacedNode): number => lefts[column] ?? 0;
  const top = ({ row }: PlacedNode): number => row * ROW + 4;

  const edges = nodes.flatMap((node) => {
    const parent = node.parent === undefined ? undefined : nodes[node.parent];
    if (parent === undefined) return [];
    const [x1, y1, x2, y2] = [left(parent) + boxWidth(parent), top(parent) + BOX / 2, left(node), top(node) + BOX / 2];
    const middle = lefts[node.column] === undefined ? x2 : x2 - GAP / 2;
    const path =
      y1 === y2
        ? `M${x1},${y1}H${x2}`
        : `M${x1},${y1}H${middle - 8}Q${middle},${y1} ${middle},${y1 + 8}V${y2 - 8}Q${middle},${y2} ${middle + 8},${y2}H${x2}`;
    return [drawing('path', { class: `edge ${node.kind}`, d: path })];
  });
  const boxes = nodes.map((node) => {
    const label = shortText(node);
    const mark = KINDS[node.kind].mark;
    return drawing(
      'g',
      { class: `node ${node.kind}`, transform: `translate(${left(node)},${top(node)})` },
      drawing('rect', { width: boxWidth(node), height: BOX, rx: 7 }),
      drawing('text', { class: 'node-text', x: boxWidth(node) / 2, y: BOX / 2 + 4.5 }, label),
      drawing(
        'text',
        { class: 'node-note', x: boxWidth(node) / 2, y: BOX + 14 },
        node.kind === 'own' ? 'model' : `${mark} ${node.confidence === undefined ? '' : formatShare(node.confidence)}`,
      ),
    );
  });
  return drawing(
    'svg',
    { class: 'tree', viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' },
    ...edges,
    ...boxes,
  );
}

/** The tree as a nested list. */
export function treeList({ nodes }: TreeLayout): HTMLUListElement {
  const lists = new Map<number, HTMLUListElement>();
  const top = element('ul', { class: 'tree-list' });
  for (const [index, node] of nodes.entries()) {
    const confidence = node.confidence === undefined ? '' : `, confidence ${formatShare(node.confidence)}`;
    const children = element('ul');
    const item = element(
      'li',
      { class: node.kind },
      element('code', {}, visibleText(node.text)),
      ` ${KINDS[node.kind].name}${confidence}`,
      children,
    );
    lists.set(index, children);
    (lists.get(node.parent ?? -1) ?? top).append(item);
  }
  for (const list of lists.values()) if (list.children.length === 0) list.remove();
  return top;
}

function shortText({ text }: PlacedNode): string {
  const characters = [...visibleText(text)];
  return characters.length <= MOST_CHARACTERS
    ? characters.join('')
    : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}

function boxWidth(node: PlacedNode): number {
  return Math.max(40, [...shortText(node)].length * CHARACTER + 20);
}
