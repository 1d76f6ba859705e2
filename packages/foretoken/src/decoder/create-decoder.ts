import type { Decoder } from './decoder.js';
export interface CreateDecoderOptions {
  readonly model?: string;
  readonly device?: 'auto' | 'cuda' | 'cpu' | 'wasm' | 'js';
  readonly executor?: 'graph' | 'eager';
  readonly contextLength?: number;
  readonly onProgress?: (e: unknown) => void;
}
export async function createDecoder(_: CreateDecoderOptions): Promise<Decoder> {
  throw new Error('x');
}
