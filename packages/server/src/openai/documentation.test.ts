import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withoutAlignment } from '../testing/without-alignment.js';
import { commonParameters, ignoredInAnswers, ignoredParameters } from './generation-schema.js';
import { UNSUPPORTED_IN_RESPONSES } from './responses/unsupported.js';
import { parametersTable } from './testing/parameters-table.js';
import { UNSUPPORTED_PARAMETERS } from './unsupported-parameters.js';

const page = readFileSync(new URL('../../../../docs/server.md', import.meta.url), 'utf8').replaceAll('\r\n', '\n');

/** Names in backticks of the lines that begin like this. */
function namesIn(...beginnings: readonly string[]): string[] {
  const lines = page.split('\n').filter((line) => beginnings.some((beginning) => line.startsWith(beginning)));
  return lines.flatMap((line) => [...line.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name)).sort();
}

describe('the page of the server', () => {
  it('has the table of parameters as the schemas give it', () => {
    const table = parametersTable();
    expect(withoutAlignment(page)).toContain(`\n${table}\n`);
  });

  it('names the parameters that change nothing, and those that are refused', () => {
    const ignored = Object.keys({ ...ignoredParameters, ...ignoredInAnswers });
    expect(namesIn('Accepted without effect:')).toEqual(ignored.sort());
    const refused = Object.keys(UNSUPPORTED_PARAMETERS).sort();
    expect(namesIn('- of OpenAI:', '- of vLLM:', '- of llama-server:')).toEqual(refused);
  });

  it('names the parameters that responses share', () => {
    const responses = page.slice(page.indexOf('### Responses'));
    const names = Object.keys({ ...commonParameters, ...UNSUPPORTED_IN_RESPONSES });
    expect(names.filter((name) => !new RegExp(`\`${name}[\`:]`).test(responses))).toEqual([]);
  });
});
