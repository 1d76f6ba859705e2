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
  /** Whether the weights of norms in its safetensors lack a 1, which GGUF files have. @default 'whole' */
  readonly huggingFaceNorms?: 'whole' | 'less-one';
  /** Special tokens that its `tokenizer.json` lists and its embedding matrix may have no row for. @default none */
  readonly tokensWithoutRow?: readonly string[];
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
   * @param options.window - whether the window of `config.json` is on where that does not say so; `'by-layer'`: the
   *   family computes it, and the context is not limited
   * @param options.headSize - what `transformers` takes where `config.json` does not say it. @default width / heads
   * @param options.ropeBase - the same of the rotary base. @default 10000
   */
  decoder(options: DecoderDefaults): ModelConfiguration;
  /** A number, or `undefined` where the files don't say it. */
  number(key: KeyNames): number | undefined;
  /** What the files say, of any kind. */
  value(key: KeyNames): unknown;
}

export interface DecoderDefaults {
  readonly window: 'on' | 'off' | 'by-layer';
  readonly headSize?: number;
  readonly ropeBase?: number;
}

/** The names of a key in both formats: behind `architecture.` in GGUF, with dots for objects within in `config.json`. */
export interface KeyNames {
  readonly gguf: string;
  readonly huggingFace: string;
}
