/** One step of obtaining TensorFlow or a wheel. */
export type ProgressEvent =
  | { readonly kind: 'start'; readonly step: string }
  | {
      readonly kind: 'advance';
      readonly step: string;
      /** Bytes. */
      readonly done: number;
      /** Bytes; `undefined` when not known in advance. */
      readonly total: number | undefined;
    }
  | { readonly kind: 'finish'; readonly step: string };

export type ProgressListener = (event: ProgressEvent) => void;
