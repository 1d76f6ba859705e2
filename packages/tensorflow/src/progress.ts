/** One step of obtaining TensorFlow or a wheel. `done` and `total` count bytes. */
export type ProgressEvent =
  | { readonly kind: 'start'; readonly step: string }
  | { readonly kind: 'advance'; readonly step: string; readonly done: number; readonly total: number }
  | { readonly kind: 'finish'; readonly step: string };

export type ProgressListener = (event: ProgressEvent) => void;
