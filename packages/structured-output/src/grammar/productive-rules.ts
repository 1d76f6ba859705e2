import { EMPTY, type Expression, type Rules } from './expression.js';

/**
 * The rules without what no finite text can match, such as an object that must hold one of its own kind: an answer
 * could go in there and never come out. `undefined` when nothing is left of `root`.
 */
export function productiveRules(rules: Rules): Rules | undefined {
  const productive = new Set<string>();
  const isProductive = (expression: Expression): boolean => {
    switch (expression.kind) {
      case 'text':
        return true;
      case 'characters':
        return expression.set.length > 0;
      case 'sequence':
        return expression.parts.every(isProductive);
      case 'choice':
        return expression.options.some(isProductive);
      case 'repeat':
        return expression.minimum === 0 || isProductive(expression.of);
      case 'rule':
        return productive.has(expression.name);
    }
  };
  growNames(rules, productive, isProductive);
  if (!productive.has('root')) return undefined;

  const prune = (expression: Expression): Expression => {
    switch (expression.kind) {
      case 'sequence':
        return { kind: 'sequence', parts: expression.parts.map(prune) };
      case 'choice':
        return { kind: 'choice', options: expression.options.filter(isProductive).map(prune) };
      case 'repeat':
        return isProductive(expression.of) ? { ...expression, of: prune(expression.of) } : EMPTY;
      default:
        return expression;
    }
  };
  return new Map([...rules].filter(([name]) => productive.has(name)).map(([name, rule]) => [name, prune(rule)]));
}

/** Whether productive rules match more than the empty text. */
export function canWriteText(rules: Rules): boolean {
  const writing = new Set<string>();
  const writes = (expression: Expression): boolean => {
    switch (expression.kind) {
      case 'text':
        return expression.text !== '';
      case 'characters':
        return true;
      case 'sequence':
        return expression.parts.some(writes);
      case 'choice':
        return expression.options.some(writes);
      case 'repeat':
        return writes(expression.of);
      case 'rule':
        return writing.has(expression.name);
    }
  };
  growNames(rules, writing, writes);
  return writing.has('root');
}

/** Adds the names of the rules that hold, which may depend on the names added before, until none is added. */
function growNames(rules: Rules, names: Set<string>, holds: (expression: Expression) => boolean): void {
  for (let grew = true; grew; ) {
    grew = false;
    for (const [name, expression] of rules) {
      if (names.has(name) || !holds(expression)) continue;
      names.add(name);
      grew = true;
    }
  }
}
