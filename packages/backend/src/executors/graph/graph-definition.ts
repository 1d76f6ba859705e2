/** TensorFlow's numbers for data types (`tensorflow/core/framework/types.proto`). */
export const DataType = { float32: 1, int32: 3, complex64: 8 } as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

/** The value of a node's attribute, as far as this project's graphs need it. */
export type Attribute =
  | { readonly kind: 'type'; readonly value: DataType }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | {
      readonly kind: 'tensor';
      readonly type: DataType;
      readonly shape: readonly number[];
      /** Little-endian values. */
      readonly content: Uint8Array;
    };

/** One operation of a graph. Inputs are `name`, `name:output` or, for a control dependency, `^name`. */
export interface NodeDefinition {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor that a signature takes or gives. -1 in a shape is any size. */
export interface SignatureTensor {
  readonly node: string;
  readonly type: DataType;
  readonly shape: readonly number[];
}

/** A callable entry of a SavedModel. */
export interface Signature {
  readonly inputs: Readonly<Record<string, SignatureTensor>>;
  readonly outputs: Readonly<Record<string, SignatureTensor>>;
}

/** What `encodeSavedModel` writes. */
export interface GraphDefinition {
  readonly nodes: readonly NodeDefinition[];
  readonly signatures: Readonly<Record<string, Signature>>;
}
