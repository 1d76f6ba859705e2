import { findTool, type Tool } from '../find-tool.js';

/** The C++ compiler to use: `CXX` alone when set, else the first of g++, c++ and clang++ that answers. */
export async function findCompiler(): Promise<Tool | undefined> {
  const chosen = process.env.CXX;
  for (const command of chosen ? [chosen] : ['g++', 'c++', 'clang++']) {
    // CXX may carry a launcher or flags, such as "ccache g++".
    const [program = command, ...first] = command.split(' ');
    const found = await findTool(program, ...first, '--version');
    if (found) return { command, version: found.version };
  }
  return undefined;
}
