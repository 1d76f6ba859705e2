import { spawn } from 'node:child_process';

/**
 * Runs a program to its end. Interrupts reach the child through the terminal's process group; this process outlives it
 * to report the exit code.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} [options.env] Defaults to this process's.
 * @param {'show' | 'keep'} [options.output] `show`: straight to the terminal; `keep`: returned. Defaults to `show`.
 * @returns {Promise<{ code: number, output: string }>} A program that can't be started has the code 127.
 */
export function run(program, args, { cwd, env = process.env, output = 'show' }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: output === 'show' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let kept = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        kept += text;
      });
    }
    const outlive = () => {};
    process.on('SIGINT', outlive);
    /** @param {number} code */
    const finish = (code) => {
      process.off('SIGINT', outlive);
      resolve({ code, output: kept });
    };
    child.on('error', (error) => {
      kept += error.message;
      finish(127);
    });
    child.on('close', (code, signal) => finish(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
