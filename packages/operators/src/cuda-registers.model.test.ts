import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nvrtcLibrary, TensorFlowError } from '@foretoken/tensorflow';
import { afterAll, beforeAll, expect, it } from 'vitest';

const native = fileURLToPath(new URL('native/', import.meta.url));

/** Where NVRTC can't be had, nothing can be compiled; anything else that goes wrong is a fault. */
const NOT_TO_BE_HAD = ['unsupported-platform', 'no-pip', 'download-failed', 'download-forbidden'];

/** Kernels of products: 9 formats of 4 shapes. */
const PRODUCTS = 36;

/** Two blocks of 512 threads on a multiprocessor of 65,536 registers. */
const FOR_TWO_BLOCKS = 64;
/** One such block. */
const FOR_ONE_BLOCK = 128;
const MOST_REGISTERS = 255;

/** Bytes of shared memory that a block has without asking for more. */
const SHARED_OF_A_BLOCK = 48 << 10;

function registerLimit(kernel: string): number {
  if (kernel.endsWith('_many')) return MOST_REGISTERS;
  return /_r2n1$|_r1n2$|^attend_/.test(kernel) ? FOR_ONE_BLOCK : FOR_TWO_BLOCKS;
}

interface Usage {
  readonly kernel: string;
  readonly registers: number;
  /** Bytes of memory that a thread takes where registers don't last. */
  readonly local: number;
  readonly shared: number;
}

function usageOf(report: string): readonly Usage[] {
  return report
    .split("Compiling entry function '")
    .slice(1)
    .map((text) => {
      const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
      return {
        kernel: text.slice(0, text.indexOf("'")),
        registers: number(/Used (\d+) registers/),
        local:
          number(/(\d+) bytes stack frame/) + number(/(\d+) bytes spill stores/) + number(/(\d+) bytes spill loads/),
        shared: number(/(\d+) bytes smem/),
      };
    });
}

const folder = mkdtempSync(join(tmpdir(), 'foretoken-nvrtc-'));
const program = join(folder, 'report-kernels');
let library: string | Error;

beforeAll(async () => {
  library = await nvrtcLibrary().catch((error: unknown) => {
    if (error instanceof TensorFlowError && NOT_TO_BE_HAD.includes(error.code)) return error;
    throw error;
  });
  const sources = ['cuda/compiler.cc', 'testing/report-kernels.cc'].map((source) => join(native, source));
  execFileSync(process.env.CXX ?? 'g++', ['-std=c++17', '-O1', ...sources, '-ldl', '-o', program], { stdio: 'pipe' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.for([80, 89, 90])(
  'compiles every kernel for sm_%i within its registers and memory',
  async (architecture, { skip }) => {
    if (library instanceof Error) return skip(`NVRTC can't be had: ${library.message}`);
    const command = [library, join(native, 'cuda/kernels'), String(architecture)];
    const { stdout } = await promisify(execFile)(program, command, { maxBuffer: 16 << 20 });
    const usage = usageOf(stdout);
    process.stdout.write(
      usage
        .map(
          ({ kernel, registers, local, shared }) =>
            `sm_${architecture} ${kernel}: ${registers} registers, ${local} bytes local, ${shared} shared\n`,
        )
        .join(''),
    );
    expect(usage.filter(({ kernel }) => kernel.startsWith('product_'))).toHaveLength(PRODUCTS);
    expect(usage.filter(({ kernel }) => kernel.startsWith('attend_'))).toHaveLength(8);
    const beyond = usage.filter(
      ({ kernel, registers, local, shared }) =>
        registers === 0 || registers > registerLimit(kernel) || local > 0 || shared > SHARED_OF_A_BLOCK,
    );
    expect(beyond).toEqual([]);
  },
);
