/** Every {@link Arithmetic}. */
export const ARITHMETICS = ['exact', 'integer'] as const;

/**
 * What products with quantised weights are computed in. `exact`: unpacked weights times float32 activations. `integer`:
 * stored integers times activations rounded to 8 bits, which takes less time.
 */
export type Arithmetic = (typeof ARITHMETICS)[number];

/** The default arithmetic of the fused executor; the other executors have 'exact' only. */
export const DEFAULT_ARITHMETIC: Arithmetic = 'integer';
