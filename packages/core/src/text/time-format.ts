const locale = 'en-US';

/** Writes a time as Python's `strftime` does for the directives that chat templates use, in UTC and English; others stay as they are. */
export function formatTime(time: Date, format: string): string {
  const name = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const directives: Readonly<Record<string, () => string>> = {
    '%Y': () => String(time.getUTCFullYear()),
    '%y': () => two(time.getUTCFullYear() % 100),
    '%m': () => two(time.getUTCMonth() + 1),
    '%d': () => two(time.getUTCDate()),
    '%e': () => String(time.getUTCDate()).padStart(2, ' '),
    '%B': () => name({ month: 'long' }),
    '%b': () => name({ month: 'short' }),
    '%A': () => name({ weekday: 'long' }),
    '%a': () => name({ weekday: 'short' }),
    '%H': () => two(time.getUTCHours()),
    '%I': () => two(time.getUTCHours() % 12 || 12),
    '%M': () => two(time.getUTCMinutes()),
    '%S': () => two(time.getUTCSeconds()),
    '%p': () => (time.getUTCHours() < 12 ? 'AM' : 'PM'),
    '%j': () => String(dayOfYear(time)).padStart(3, '0'),
    '%F': () => formatTime(time, '%Y-%m-%d'),
    '%T': () => formatTime(time, '%H:%M:%S'),
    '%%': () => '%',
  };
  // `%-d` leaves out the padding.
  return format.replace(/%(-?)([a-zA-Z%])/g, (directive, bare: string, letter: string) => {
    const written = directives[`%${letter}`]?.();
    if (written === undefined) return directive;
    return bare === '' ? written : written.replace(/^[0 ]+(?=.)/, '');
  });
}

function dayOfYear(time: Date): number {
  return Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}
