import type { ModelConfiguration } from '../configuration.js';
import type { DecoderPass } from '../decoder-pass.js';
import type { KeyRules } from '../key-rules.js';
import type { Tensors } from './decoder-tensors.js';

/**
 * A kind of decoder: what its files say, what they call its tensors, and what it computes. `families/index.ts` lists them;
 * nothing else knows one by name.
 */
export interface Family {
  /** `general.architecture` of its GGUF files. */
  readonly name: string;
  /** `model_type` in its `config.json`. */
  readonly modelTypes: readonly string[];
  /** Rules for keys where they differ from those of all decoders (`GGUF_KEYS`, `HUGGING_FACE_KEYS`). @default none */
  readonly keys?: { readonly gguf?: KeyRules['keys']; readonly huggingFace?: KeyRules['keys'] };
  /** Tensors by their roles in `logits`. */
  readonly tensors: Tensors;
  /** How its GGUF files hold the pairs of rotated dimensions; safetensors hold halves. @default 'halves' */
  readonly ggufPairs?: 'neighbours' | 'halves';
  /** What its files say. */
  configuration(files: ModelDescription): ModelConfiguration;
  /** From the tokens of a pass to the logits of its scored rows, [R, vocabularySize]. */
  logits<T>(pass: DecoderPass<T>): T;
}

/** What the files of a model say, in either format. */
export interface ModelDescription {
  /**
   * What the files of all decoders say. Where they name a sliding window that is on, the context is limited to its width:
   * within it all attention is the same.
   *
   * @param options.window - whether the window of `config.json` is on where that does not say so
   */
  decoder(options: { readonly window: 'on' | 'off' }): ModelConfiguration;
}
