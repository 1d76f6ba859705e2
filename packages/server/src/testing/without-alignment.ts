/** A page without the spaces and dashes that align the columns of its tables. */
export function withoutAlignment(text: string): string {
  return text.replace(/^\|.*\|$/gm, (row) =>
    row.replaceAll(/ +\|/g, ' |').replaceAll(/\| +/g, '| ').replaceAll(/-{3,}/g, '---'),
  );
}
