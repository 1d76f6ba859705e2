/** The core of tfjs, as every device gives it. */
export type TensorFlow = typeof import('@tensorflow/tfjs-core');

type Tensor = import('@tensorflow/tfjs-core').Tensor;
type NamedTensorMap = import('@tensorflow/tfjs-core').NamedTensorMap;

/** A SavedModel signature, loaded. Loading a second signature of the same path and tags shares the session and its variables. */
export interface SavedModel {
  /** Runs the signature once. The caller disposes the outputs. */
  predict(inputs: Tensor | Tensor[] | NamedTensorMap): Tensor | Tensor[] | NamedTensorMap;
  /** Frees the session when no other signature shares it. */
  dispose(): void;
}

/** tfjs with the native binding: what `@tensorflow/tfjs-node` exports. */
export type NativeTensorFlow = TensorFlow & {
  readonly node: {
    /** Loads one signature of a SavedModel folder. @default tags ['serve'], signature 'serving_default' */
    loadSavedModel(path: string, tags?: string[], signature?: string): Promise<SavedModel>;
    getNumOfSavedModels(): number;
  };
};
