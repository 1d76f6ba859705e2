import { find } from './dom.js';

const STORE = 'foretoken-theme';

type Theme = 'light' | 'dark';

/** The button that turns light to dark and back. Until it is used the system decides. */
export function themeButton(): void {
  const button = find('theme-button', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = read();
  const show = (): void => {
    const theme = chosen ?? (system.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    button.setAttribute('aria-pressed', String(theme === 'dark'));
  };
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    write(chosen);
    show();
  });
  system.addEventListener('change', show);
  show();
}

function read(): Theme | undefined {
  try {
    const stored = localStorage.getItem(STORE);
    return stored === 'light' || stored === 'dark' ? stored : undefined;
  } catch {
    return undefined;
  }
}

function write(theme: Theme): void {
  try {
    localStorage.setItem(STORE, theme);
  } catch {}
}
