import type { Drafter } from '@foretoken/core';

/** A drafter that keeps what it learned from one sequence for the next. */
export interface RememberingDrafter extends Drafter {
  /** Bytes that this takes now, at most. */
  readonly rememberedBytes: number;
}
