import { checkOperatorsVariables, operatorsVariableProblems } from '@foretoken/operators';
import { describe, expect, it } from 'vitest';

describe('variables of the operators', () => {
  it.each(['abc', '0', '2.5', '-1', '1e3', ' 2', '0x10', '1025', '٣'])('refuses FORETOKEN_THREADS=%s', (text) => {
    const [problem] = operatorsVariableProblems({ FORETOKEN_THREADS: text });
    expect(problem?.message).toBe(
      `FORETOKEN_THREADS must be a whole number from 1 to 1024, but is ${JSON.stringify(text)}.`,
    );
    expect(() => checkOperatorsVariables({ FORETOKEN_THREADS: text })).toThrow(problem?.message);
  });

  it.each(['AVX2', 'sse', 'avx-512'])('refuses FORETOKEN_INSTRUCTIONS=%s', (text) => {
    expect(() => checkOperatorsVariables({ FORETOKEN_INSTRUCTIONS: text })).toThrow('must be one of portable,');
  });

  it('tells all that is wrong, and takes what can be', () => {
    expect(operatorsVariableProblems({ FORETOKEN_THREADS: 'x', FORETOKEN_INSTRUCTIONS: 'y' })).toHaveLength(2);
    for (const threads of ['1', '16', '1024', '', undefined]) {
      expect(operatorsVariableProblems({ FORETOKEN_THREADS: threads, FORETOKEN_INSTRUCTIONS: 'portable' })).toEqual([]);
    }
  });
});
