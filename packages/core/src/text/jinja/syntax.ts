import { parse, tokenize } from '@huggingface/jinja';
import { testsWithArguments } from './tests-with-arguments.js';

/** The syntax tree that `@huggingface/jinja` parses a template into, as far as it is evaluated. */
export type Statement =
  | { readonly type: 'Comment' }
  | { readonly type: 'Break' }
  | { readonly type: 'Continue' }
  | {
      readonly type: 'If';
      readonly test: Expression;
      readonly body: readonly Statement[];
      readonly alternate: readonly Statement[];
    }
  | ForStatement
  | {
      readonly type: 'Set';
      readonly assignee: Expression;
      readonly value: Expression | null;
      readonly body: readonly Statement[];
    }
  | {
      readonly type: 'Macro';
      readonly name: Identifier;
      readonly args: readonly Parameter[];
      readonly body: readonly Statement[];
    }
  | {
      readonly type: 'CallStatement';
      readonly call: CallExpression;
      readonly callerArgs: readonly Parameter[] | null;
      readonly body: readonly Statement[];
    }
  | {
      readonly type: 'FilterStatement';
      readonly filter: Identifier | CallExpression;
      readonly body: readonly Statement[];
    }
  | Expression;

export interface ForStatement {
  readonly type: 'For';
  readonly loopvar: Expression;
  readonly iterable: Expression;
  readonly body: readonly Statement[];
  readonly defaultBlock: readonly Statement[];
}

export interface Identifier {
  readonly type: 'Identifier';
  readonly value: string;
}

export interface CallExpression {
  readonly type: 'CallExpression';
  readonly callee: Expression;
  readonly args: readonly Expression[];
}

export interface KeywordArgument {
  readonly type: 'KeywordArgumentExpression';
  readonly key: Identifier;
  readonly value: Expression;
}

export type Parameter = Identifier | KeywordArgument;

export interface Slice {
  readonly type: 'SliceExpression';
  readonly start?: Expression;
  readonly stop?: Expression;
  readonly step?: Expression;
}

export type Expression =
  | Identifier
  | CallExpression
  | KeywordArgument
  | Slice
  | { readonly type: 'IntegerLiteral' | 'FloatLiteral'; readonly value: number }
  | { readonly type: 'StringLiteral'; readonly value: string }
  | { readonly type: 'ArrayLiteral' | 'TupleLiteral'; readonly value: readonly Expression[] }
  | { readonly type: 'ObjectLiteral'; readonly value: ReadonlyMap<Expression, Expression> }
  | {
      readonly type: 'MemberExpression';
      readonly object: Expression;
      readonly property: Expression;
      readonly computed: boolean;
    }
  | {
      readonly type: 'BinaryExpression';
      readonly operator: { readonly value: string };
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: 'UnaryExpression'; readonly operator: { readonly value: string }; readonly argument: Expression }
  | { readonly type: 'FilterExpression'; readonly operand: Expression; readonly filter: Identifier | CallExpression }
  | {
      readonly type: 'TestExpression';
      readonly operand: Expression;
      readonly negate: boolean;
      readonly test: Identifier;
    }
  | {
      readonly type: 'Ternary';
      readonly condition: Expression;
      readonly trueExpr: Expression;
      readonly falseExpr: Expression;
    }
  /** `value if condition`, without an else. Of a loop's iterable, the condition of each element. */
  | { readonly type: 'SelectExpression'; readonly lhs: Expression; readonly test: Expression }
  | { readonly type: 'SpreadExpression' | 'KeywordSpreadExpression'; readonly argument: Expression };

/** Parses a template with the white space rules of `transformers`. Throws `SyntaxError` or `Error` where it is none. */
export function parseTemplate(source: string): readonly Statement[] {
  const { body } = parse(testsWithArguments(tokenize(source, { trim_blocks: true, lstrip_blocks: true })));
  return body as unknown as readonly Statement[];
}
