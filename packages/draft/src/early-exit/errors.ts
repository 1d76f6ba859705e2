import { ForetokenError } from '@foretoken/core/errors';

/** The model can't stop after the layers that were asked for. */
export class ExitLayerError extends ForetokenError {
  declare readonly details: { readonly layers: number; readonly exitLayers: readonly number[] };

  constructor(layers: number, exitLayers: readonly number[]) {
    super(
      `The model can't stop after ${layers} layers, only after: ${exitLayers.join(', ') || 'none'}. Load it with ${layers} in exitLayers.`,
      { code: 'no-such-exit', details: { layers, exitLayers } },
    );
  }
}

/** An early-exit drafter was not given the target's sequence, or one that does not hold what it must. */
export class EarlyExitTargetError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'early-exit-target', details });
  }
}
