import { filter } from './filters.js';
import { attribute, item, slice } from './members.js';
import { binary, unary } from './operators.js';
import { toText } from './python-text.js';
import { Scope } from './scope.js';
import type { CallExpression, Expression, ForStatement, Identifier, Parameter, Statement } from './syntax.js';
import { test } from './tests.js';
import {
  type Arguments,
  Callable,
  elementsOf,
  Float,
  Namespace,
  TemplateError,
  Tuple,
  truthy,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/** Most statements and expressions of one rendering: far beyond what a conversation of the longest kind takes. */
const MAX_STEPS = 20_000_000;
/** Longest text that is made. */
const MAX_OUTPUT = 16_777_216;
/** Macros within macros. */
const MAX_DEPTH = 200;

type Flow = 'next' | 'break' | 'continue';

/**
 * Renders a template with Python's semantics: what values print as, which operations are errors, what string methods
 * do with their arguments. `@huggingface/jinja` evaluates with JavaScript's, which differ in all three.
 */
export function evaluateTemplate(statements: readonly Statement[], globals: Scope): string {
  return new Evaluation().run(statements, new Scope(globals));
}

class Evaluation {
  #output = '';
  #steps = 0;
  #depth = 0;

  /** What the statements print. */
  run(statements: readonly Statement[], scope: Scope): string {
    const before = this.#output;
    this.#output = '';
    this.#block(statements, scope);
    const printed = this.#output;
    this.#output = before;
    return printed;
  }

  #block(statements: readonly Statement[], scope: Scope): Flow {
    for (const statement of statements) {
      const flow = this.#statement(statement, scope);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #statement(node: Statement, scope: Scope): Flow {
    this.#step();
    switch (node.type) {
      case 'Comment':
        return 'next';
      case 'Break':
        return 'break';
      case 'Continue':
        return 'continue';
      case 'If':
        return this.#block(truthy(this.#value(node.test, scope)) ? node.body : node.alternate, scope);
      case 'For':
        this.#loop(node, scope);
        return 'next';
      case 'Set': {
        const value = node.value ? this.#value(node.value, scope) : this.run(node.body, new Scope(scope));
        this.#assign(node.assignee, value, scope);
        return 'next';
      }
      case 'Macro':
        scope.set(node.name.value, this.#macro(node.name.value, node.args, node.body, scope));
        return 'next';
      case 'CallStatement': {
        const caller = this.#macro('caller', node.callerArgs ?? [], node.body, scope);
        const { positional, keywords } = this.#arguments(node.call.args, scope);
        const named = new Map(keywords).set('caller', caller);
        this.#print(this.#call(this.#value(node.call.callee, scope), { positional, keywords: named }));
        return 'next';
      }
      case 'FilterStatement':
        this.#print(this.#filtered(this.run(node.body, new Scope(scope)), node.filter, scope));
        return 'next';
      default:
        this.#print(this.#value(node, scope));
        return 'next';
    }
  }

  #print(value: Value): void {
    this.#output += toText(value);
    if (this.#output.length > MAX_OUTPUT) throw new TemplateError(`the text is longer than ${MAX_OUTPUT} characters`);
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS) throw new TemplateError(`it takes more than ${MAX_STEPS} steps`);
  }

  #loop(node: ForStatement, scope: Scope): void {
    // `for x in list if condition` leaves elements out before they are counted.
    const select = node.iterable.type === 'SelectExpression' ? node.iterable : undefined;
    const all = elementsOf(this.#value(select ? select.lhs : node.iterable, scope));
    const elements = all.filter((element) => {
      if (!select) return true;
      const inner = new Scope(scope);
      this.#assign(node.loopvar, element, inner);
      return truthy(this.#value(select.test, inner));
    });
    if (elements.length === 0) this.#block(node.defaultBlock, new Scope(scope));
    let last: Value | undefined;
    const changed = new Callable('changed', ({ positional }) => {
      const now = new Tuple(positional);
      const differs = last === undefined || truthy(binary('!=', last, now));
      last = now;
      return differs;
    });
    for (const [index, element] of elements.entries()) {
      const inner = new Scope(scope);
      inner.set('loop', loopVariable(elements, index, changed));
      this.#assign(node.loopvar, element, inner);
      if (this.#block(node.body, inner) === 'break') break;
    }
  }

  #assign(target: Expression, value: Value, scope: Scope): void {
    if (target.type === 'Identifier') {
      scope.set(target.value, value);
    } else if (target.type === 'TupleLiteral') {
      const parts = elementsOf(value);
      if (parts.length !== target.value.length) {
        throw new TemplateError(`${parts.length} values can't be assigned to ${target.value.length} names`);
      }
      target.value.forEach((one, i) => {
        this.#assign(one, parts[i] ?? null, scope);
      });
    } else if (target.type === 'MemberExpression' && !target.computed && target.property.type === 'Identifier') {
      const object = this.#value(target.object, scope);
      if (!(object instanceof Namespace) || object.kind !== 'namespace') {
        throw new TemplateError('cannot assign attribute on non-namespace object');
      }
      object.attributes.set(target.property.value, value);
    } else {
      throw new TemplateError(`a ${target.type} can't be assigned to`);
    }
  }

  #macro(name: string, parameters: readonly Parameter[], body: readonly Statement[], scope: Scope): Callable {
    return new Callable(name, ({ positional, keywords }) => {
      if (++this.#depth > MAX_DEPTH) throw new TemplateError(`macros are nested more than ${MAX_DEPTH} deep`);
      const inner = new Scope(scope);
      const names = parameters.map((one) => (one.type === 'Identifier' ? one.value : one.key.value));
      parameters.forEach((parameter, i) => {
        const key = names[i] ?? '';
        const given = i < positional.length ? positional[i] : keywords.get(key);
        if (given !== undefined) inner.set(key, given);
        else if (parameter.type === 'Identifier') inner.set(key, new Undefined(`parameter '${key}' was not provided`));
        else inner.set(key, this.#value(parameter.value, inner));
      });
      inner.set('varargs', new Tuple(positional.slice(names.length)));
      inner.set(
        'kwargs',
        new Map<Value, Value>([...keywords].filter(([key]) => !names.includes(key) && key !== 'caller')),
      );
      const caller = keywords.get('caller');
      if (caller !== undefined) inner.set('caller', caller);
      const text = this.run(body, inner);
      this.#depth--;
      return text;
    });
  }

  #value(node: Expression, scope: Scope): Value {
    this.#step();
    switch (node.type) {
      case 'Identifier':
        return scope.get(node.value);
      case 'IntegerLiteral':
        return BigInt(node.value);
      case 'FloatLiteral':
        return new Float(node.value);
      case 'StringLiteral':
        return node.value;
      case 'ArrayLiteral':
        return node.value.map((one) => this.#value(one, scope));
      case 'TupleLiteral':
        return new Tuple(node.value.map((one) => this.#value(one, scope)));
      case 'ObjectLiteral':
        return new Map([...node.value].map(([key, one]) => [this.#value(key, scope), this.#value(one, scope)]));
      case 'MemberExpression':
        return this.#member(this.#value(node.object, scope), node, scope);
      case 'CallExpression':
        return this.#call(this.#value(node.callee, scope), this.#arguments(node.args, scope));
      case 'UnaryExpression':
        if (node.operator.value === 'not') return !truthy(this.#value(node.argument, scope));
        return unary(node.operator.value, this.#value(node.argument, scope));
      case 'BinaryExpression': {
        const left = this.#value(node.left, scope);
        if (node.operator.value === 'and') return truthy(left) ? this.#value(node.right, scope) : left;
        if (node.operator.value === 'or') return truthy(left) ? left : this.#value(node.right, scope);
        return binary(node.operator.value, left, this.#value(node.right, scope));
      }
      case 'FilterExpression':
        return this.#filtered(this.#value(node.operand, scope), node.filter, scope);
      case 'TestExpression':
        return test(node.test.value, this.#value(node.operand, scope)) !== node.negate;
      case 'Ternary':
        return this.#value(truthy(this.#value(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
      case 'SelectExpression':
        return truthy(this.#value(node.test, scope))
          ? this.#value(node.lhs, scope)
          : new Undefined('the inline if-expression evaluated to false and no else section was defined.');
      default:
        throw new TemplateError(`a ${node.type} is not expected here`);
    }
  }

  #member(object: Value, node: Extract<Expression, { type: 'MemberExpression' }>, scope: Scope): Value {
    const { property, computed } = node;
    if (!computed) {
      return property.type === 'Identifier'
        ? attribute(object, property.value)
        : item(object, this.#value(property, scope));
    }
    if (property.type !== 'SliceExpression') return item(object, this.#value(property, scope));
    const bound = (one: Expression | undefined): Value => (one ? this.#value(one, scope) : null);
    return slice(object, bound(property.start), bound(property.stop), bound(property.step));
  }

  #call(callee: Value, args: Arguments): Value {
    if (callee instanceof Callable) return callee.call(args);
    throw new TemplateError(callee instanceof Undefined ? callee.what : `'${typeName(callee)}' object is not callable`);
  }

  #filtered(value: Value, node: Identifier | CallExpression, scope: Scope): Value {
    if (node.type === 'Identifier') return filter(node.value, value, { positional: [], keywords: new Map() });
    if (node.callee.type !== 'Identifier') throw new TemplateError('a filter must have a name');
    return filter(node.callee.value, value, this.#arguments(node.args, scope));
  }

  #arguments(nodes: readonly Expression[], scope: Scope): Arguments {
    const positional: Value[] = [];
    const keywords = new Map<string, Value>();
    for (const node of nodes) {
      if (node.type === 'KeywordArgumentExpression') keywords.set(node.key.value, this.#value(node.value, scope));
      else if (node.type === 'SpreadExpression') positional.push(...elementsOf(this.#value(node.argument, scope)));
      else if (node.type === 'KeywordSpreadExpression') {
        const dict = this.#value(node.argument, scope);
        if (!(dict instanceof Map)) throw new TemplateError('** needs a dict');
        for (const [key, value] of dict) keywords.set(toText(key), value);
      } else positional.push(this.#value(node, scope));
    }
    return { positional, keywords };
  }
}

function loopVariable(elements: readonly Value[], index: number, changed: Callable): Namespace {
  const { length } = elements;
  const at = (place: number): Value => elements[place] ?? new Undefined('there is no such item in the loop');
  const cycle = new Callable('cycle', ({ positional }) => positional[index % positional.length] ?? null);
  const attributes = new Map<string, Value>([
    ['index', BigInt(index + 1)],
    ['index0', BigInt(index)],
    ['revindex', BigInt(length - index)],
    ['revindex0', BigInt(length - index - 1)],
    ['first', index === 0],
    ['last', index === length - 1],
    ['length', BigInt(length)],
    ['depth', 1n],
    ['depth0', 0n],
    ['previtem', at(index - 1)],
    ['nextitem', at(index + 1)],
    ['cycle', cycle],
    ['changed', changed],
  ]);
  return new Namespace(attributes, 'loop');
}
