/** An object of the addon. Its `id` is what the attributes of operators name it by, in this process only. */
export interface NativeObject {
  readonly id: number;
  /** Frees it when nothing that was made from it needs it any more. Closing twice is harmless. */
  close(): void;
}
