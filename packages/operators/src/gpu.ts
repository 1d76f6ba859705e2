import { hash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CompileListener } from './compile-operators.js';
import { readCompiled, writeCompiled } from './compiled-file.js';
import { OperatorsError } from './errors.js';
import type { WeightFormat } from './formats.js';
import type { GpuDescription } from './native-addon.js';
import type { NativeObject } from './native-object.js';
import type { NativeOperators } from './native-operators.js';

/** The same from `src` and from `dist`. */
const KERNELS = fileURLToPath(new URL('../src/native/cuda/kernels', import.meta.url));

/** Where NVRTC comes from. */
export interface KernelCompiler {
  /** Its library, if this machine has it. */
  find(): Promise<string | undefined>;
  /** Its library, fetched where this machine has none. Called only when kernels have to be compiled. */
  obtain(): Promise<string>;
}

export interface OpenGpuOptions {
  readonly operators: NativeOperators;
  readonly compiler: KernelCompiler;
  /** Where compiled kernels are kept. */
  readonly cacheDirectory: string;
  /** Told when kernels are compiled, once for a GPU and a version. */
  readonly onProgress?: CompileListener;
  /** Library of the driver. @default 'libcuda.so.1' */
  readonly driver?: string;
}

/** Kernels that are compiled together. */
interface KernelModule {
  readonly name: string;
  readonly file: string;
  readonly definition?: string;
}

const PASS: KernelModule = { name: 'pass', file: 'pass.cu' };

/** A GPU of this process. Caches that lie on it, and their programs, need the kernels that `prepare` loads. */
export class Gpu implements NativeObject {
  readonly id: number;
  readonly description: GpuDescription;
  readonly #object: NativeObject;
  readonly #options: OpenGpuOptions;
  readonly #loaded = new Set<string>();

  private constructor(options: OpenGpuOptions) {
    const { operators, driver = 'libcuda.so.1' } = options;
    this.#options = options;
    this.#object = operators.openGpu(driver);
    this.id = this.#object.id;
    this.description = operators.describeGpu(this.#object);
  }

  /** @throws {OperatorsError} `no-gpu-driver`, `gpu-driver-too-old`, `no-gpu`, `gpu-too-old`. */
  static open(options: OpenGpuOptions): Gpu {
    return new Gpu(options);
  }

  /**
   * Loads the kernels for weights of these formats, compiling those that are not in the cache.
   *
   * @throws {OperatorsError} `compile-failed`, `no-gpu-compiler`, `damaged`, `cache-not-writable`, and what
   *   `KernelCompiler.obtain` throws.
   */
  async prepare(formats: Iterable<WeightFormat>): Promise<void> {
    const products = [...new Set([...formats].map(kernelFormat))].sort();
    const modules = [PASS, ...products.map(productModule)].filter(({ name }) => !this.#loaded.has(name));
    if (modules.length === 0) return;
    const { operators, compiler } = this.#options;
    const sources = await hashOfKernels();
    const library = await compiler.find();
    const version = library === undefined ? undefined : operators.kernelCompilerVersion(library);
    for (const module of modules) {
      const bytes = (await this.#stored(sources, version, module)) ?? (await this.#compile(sources, module));
      operators.loadKernels(this.#object, bytes);
      this.#loaded.add(module.name);
    }
  }

  /** The code of what went wrong since this was last asked. */
  takeFault(): string | undefined {
    return this.#options.operators.gpuFault(this.#object);
  }

  close(): void {
    this.#object.close();
  }

  /** Compiled by this version of NVRTC, or where there is none by any. */
  async #stored(sources: string, version: string | undefined, module: KernelModule): Promise<Uint8Array | undefined> {
    const root = join(this.#options.cacheDirectory, 'cuda', sources);
    const prefix = `sm_${this.description.architecture}-nvrtc-`;
    const folders =
      version === undefined
        ? (await readdir(root).catch(() => [])).filter((name) => name.startsWith(prefix)).sort()
        : [`${prefix}${version}`];
    for (const folder of folders) {
      const bytes = await readCompiled(join(root, folder, `${module.name}.cubin`), 'kernels');
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }

  async #compile(sources: string, { name, ...source }: KernelModule): Promise<Uint8Array> {
    const { operators, compiler, cacheDirectory, onProgress } = this.#options;
    const { architecture } = this.description;
    const library = await compiler.obtain();
    const version = operators.kernelCompilerVersion(library);
    const folder = join(cacheDirectory, 'cuda', sources, `sm_${architecture}-nvrtc-${version}`);
    const step = `compile kernels for the GPU (${name})`;
    onProgress?.({ kind: 'start', step });
    const bytes = operators.compileKernels({ library, folder: KERNELS, ...source, architecture });
    try {
      await mkdir(folder, { recursive: true });
      await writeCompiled(join(folder, `${name}.cubin`), bytes);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new OperatorsError('cache-not-writable', `The GPU's kernels can't be kept in the cache: ${reason}.`, {
        cause,
      });
    }
    onProgress?.({ kind: 'finish', step });
    return bytes;
  }
}

/** Floats of other kinds are multiplied as halves (`kernel_format` in native/cuda/regroup.cc). */
function kernelFormat(format: WeightFormat): string {
  return format === 'F32' || format === 'BF16' ? 'f16' : format.toLowerCase();
}

function productModule(format: string): KernelModule {
  return { name: `product-${format}`, file: 'product.cu', definition: `FORETOKEN_FORMAT=${format}` };
}

async function hashOfKernels(): Promise<string> {
  const parts: string[] = [];
  for (const name of (await readdir(KERNELS)).sort())
    parts.push(name, hash('sha256', await readFile(join(KERNELS, name))));
  return hash('sha256', parts.join('\n')).slice(0, 24);
}
