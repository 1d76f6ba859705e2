import { spawn } from 'node:child_process';

/** Bridges a pseudo-terminal to its own standard streams; Node.js has none. */
const BRIDGE = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** A program that runs in a terminal of its own. */
export interface PseudoTerminal {
  /** All that was printed so far. */
  readonly output: () => string;
  /** Sends keys. */
  readonly type: (keys: string) => void;
  /** Waits until something is printed behind all that was waited for before; fails when the program ends first. */
  readonly until: (text: string | RegExp) => Promise<string>;
  readonly exitCode: Promise<number | null>;
}

/** Runs a program in a terminal of a given width, by means of python3. */
export function openPseudoTerminal(options: {
  readonly command: readonly string[];
  readonly columns: number;
  readonly environment: Readonly<Record<string, string>>;
}): PseudoTerminal {
  const { command, columns, environment } = options;
  const sized = ['sh', '-c', `stty cols ${columns} rows 24; exec "$@"`, 'sh', ...command];
  const child = spawn('python3', ['-c', BRIDGE, ...sized], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: '', ...environment },
  });
  let output = '';
  let seen = 0;
  let look = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    look();
  });
  const exitCode = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    output: () => output,
    type: (keys) => void child.stdin.write(keys),
    until: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          const rest = output.slice(seen);
          const at = typeof text === 'string' ? rest.indexOf(text) : rest.search(text);
          if (at < 0) return;
          look = () => {};
          const length = typeof text === 'string' ? text.length : (text.exec(rest)?.[0].length ?? 0);
          seen += at + length;
          resolve(rest.slice(0, at));
        };
        look();
        void exitCode.then(() => reject(new Error(`The program ended before ${String(text)} came:\n${output}`)));
      }),
    exitCode,
  };
}
