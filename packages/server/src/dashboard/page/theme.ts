import { find } from './dom.js';
import { StoredText } from './stored-text.js';

/** The button that turns light to dark and back. Until it is used the system decides. */
export function themeButton(): void {
  const button = find('theme-button', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const stored = new StoredText(() => localStorage, 'foretoken-theme');
  let chosen = stored.read();
  const show = (): void => {
    const theme = chosen ?? (system.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    button.setAttribute('aria-pressed', String(theme === 'dark'));
  };
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    stored.write(chosen);
    show();
  });
  system.addEventListener('change', show);
  show();
}
