/** A column of a table: its header, and what it says of a row. */
export type Column<Row> = readonly [header: string, cell: (row: Row) => string | number];

/** A Markdown table, padded so that it reads well as plain text too. The first column is aligned left, the others right. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const header = columns.map(([name]) => name);
  const body = rows.map((row) => columns.map(([, cell]) => String(cell(row))));
  const widths = header.map((name, column) => Math.max(name.length, 3, ...body.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(header), rule, ...body.map(line)].join('\n');
}

/** A ratio of speeds. */
export function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

export function percent(share: number, digits = 0): string {
  return `${(100 * share).toFixed(digits)} %`;
}

export function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/** How often, in words. */
export function often(repeats: number): string {
  return repeats === 1 ? 'once' : `${repeats} times`;
}
