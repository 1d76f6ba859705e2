/** Shown where nothing was measured. */
export const NOTHING = '–';

/** Three digits or so: 0, 0.42, 8.5, 142, 1,250. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** Whole numbers only. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** 0.834 is 83 %. */
export function formatShare(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : `${Math.round(value * 100)} %`;
}

/** 1.834 is 1.83×. */
export function formatFactor(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : `${value.toFixed(2)}×`;
}

export function formatFixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? NOTHING : value.toFixed(digits);
}

/** MiB below 1 GiB, GiB above. */
export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(2)} GiB`;
}

export function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${formatCount(milliseconds)} ms`;
}

/** 3725 s is 1 h 2 min. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Blanks and line breaks made visible, for a token that stands alone. */
export function visibleText(text: string): string {
  if (text === '') return '∅';
  return text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll(' ', '␣');
}
