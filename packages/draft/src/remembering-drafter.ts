import type { Drafter } from '@foretoken/core';

/** A drafter that keeps what it learned from one sequence for the next. */
export interface RememberingDrafter extends Drafter {
  /** Upper limit of the bytes that this currently takes. */
  readonly rememberedBytes: number;
}
