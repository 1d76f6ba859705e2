import { runCommand } from '../run-command.js';

export interface Compiler {
  readonly command: string;
  /** First line of `--version`. */
  readonly version: string;
}

/** The C++ compiler to use: `CXX` alone when set, else the first of g++, c++ and clang++ that answers. */
export async function findCompiler(): Promise<Compiler | undefined> {
  const chosen = process.env.CXX;
  for (const command of chosen ? [chosen] : ['g++', 'c++', 'clang++']) {
    const [program = command, ...first] = command.split(' ');
    const result = await runCommand({ command: program, arguments: [...first, '--version'] });
    if (result.kind === 'exited' && result.status === 0) {
      return { command, version: result.output.split('\n')[0]?.trim() ?? '' };
    }
  }
  return undefined;
}
