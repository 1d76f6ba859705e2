/** The model can't stop after the layers that were asked for. */
export class ExitLayerError extends Error {
  override readonly name = 'ExitLayerError';
  readonly code = 'no-such-exit';
  readonly details: { readonly layers: number; readonly exitLayers: readonly number[] };

  constructor(layers: number, exitLayers: readonly number[]) {
    super(
      `The model can't stop after ${layers} layers, only after: ${exitLayers.join(', ') || 'none'}. Load it with ${layers} in exitLayers.`,
    );
    this.details = { layers, exitLayers };
  }
}

/** An early-exit drafter was not given the target's sequence, or one that does not hold what it must. */
export class EarlyExitTargetError extends Error {
  override readonly name = 'EarlyExitTargetError';
  readonly code = 'early-exit-target';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.details = details;
  }
}
