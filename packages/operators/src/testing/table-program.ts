import type { NativeObject } from '../native-object.js';
import type { NativeOperators } from '../native-operators.js';
import type { Instruction } from '../program.js';
import type { Native } from './load-native.js';
import { openProgramGraph } from './program-graph.js';

/** Values of equally long rows, one after the other. */
export interface Rows {
  readonly values: Float32Array;
  /** [rows, columns]. */
  readonly shape: readonly [number, number];
}

/** A program whose logits are what instructions make of a table's rows. */
export interface TableProgram {
  readonly program: NativeObject;
  /** Scores all rows in one pass. */
  score(): void;
  close(): void;
}

/** The rows as the table of an embedding: token i is row i. */
export function tableOf(operators: NativeOperators, { values, shape: [rows, columns] }: Rows): NativeObject {
  const mapping = operators.copyBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const table = operators.createMatrix({ columns, parts: [{ mapping, offset: 0, format: 'F32', rows }] });
  mapping.close();
  return table;
}

/** The shortest program there is: the logits of token i are row i of a table. All rows have one length. */
export function openTableProgram(native: Native, rows: readonly Float32Array[]): Promise<TableProgram> {
  const values = Float32Array.from(rows.flatMap((row) => [...row]));
  return openRowsProgram(native, [{ values, shape: [rows.length, rows[0]?.length ?? 0] }], []);
}

/** What instructions make of tables of as many rows, which are the results 0, 1, … of the first instructions. */
export async function runRows(
  native: Native,
  inputs: readonly Rows[],
  instructions: readonly Instruction[],
): Promise<Float32Array> {
  const table = await openRowsProgram(native, inputs, instructions);
  table.score();
  const rows = inputs[0]?.shape[0] ?? 0;
  const values = Array.from({ length: rows }, (_, row) => [...native.operators.logits(table.program, row)]);
  table.close();
  return Float32Array.from(values.flat());
}

/** The product of some rows with a weight, and of a second input the residual. */
export function runLinear(
  native: Native,
  options: Omit<Extract<Instruction, { kind: 'linear' }>, 'kind' | 'input' | 'residual'>,
  inputs: readonly Rows[],
): Promise<Float32Array> {
  const residual = inputs.length > 1 ? { residual: 1 } : {};
  return runRows(native, inputs, [{ kind: 'linear', input: 0, ...residual, ...options }]);
}

async function openRowsProgram(
  { tf, operators }: Native,
  inputs: readonly Rows[],
  instructions: readonly Instruction[],
): Promise<TableProgram> {
  const rows = inputs[0]?.shape[0] ?? 0;
  const program = createRowsProgram(operators, inputs, instructions);
  const graph = await openProgramGraph(tf, [program]);
  const tokens = Int32Array.from({ length: rows }, (_, row) => row);
  return {
    program,
    score: () => graph.run(tokens, [{ slot: 0, start: 0, parents: tokens.map((row) => row - 1) }]),
    close() {
      graph.close();
      program.close();
    },
  };
}

/** A program over tables, with a cache of no use, which a program must have. */
export function createRowsProgram(
  operators: NativeOperators,
  inputs: readonly Rows[],
  instructions: readonly Instruction[],
): NativeObject {
  const tables = inputs.map((input) => tableOf(operators, input));
  const slotCapacity = inputs[0]?.shape[0] ?? 0;
  const cache = operators.createCache({
    ...{ layers: 1, heads: 1, kvHeads: 1, headSize: 2, slots: 1, slotCapacity },
    rotation: new Float32Array(2 * slotCapacity),
  });
  const list = [...tables.map((table): Instruction => ({ kind: 'embedding', table })), ...instructions];
  try {
    return operators.createProgram({
      cache,
      instructions: [...list, { kind: 'scoredRows', input: list.length - 1 }],
    });
  } finally {
    // The program keeps what it is made of.
    for (const object of [...tables, cache]) object.close();
  }
}
