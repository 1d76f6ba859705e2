import { readdir } from 'node:fs/promises';

const AVX2 = ['-mavx2', '-mfma', '-mf16c'];
const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', ...AVX2];

/** A source that is compiled once for each instruction set; one is chosen when the addon is loaded. */
export interface Kernels {
  readonly flags: readonly string[];
  readonly targets: Readonly<Record<string, readonly string[]>>;
}

/** By processor. On arm64, NEON is part of the base. */
export const KERNELS: Readonly<Record<string, Readonly<Record<string, Kernels>>>> = {
  x64: {
    'kernels.cc': { flags: [], targets: { portable: [], avx2: AVX2, avx512: AVX512 } },
    // A multiply-add is one only where it is written as one, so that every target gives the same bits.
    'integer-kernels.cc': {
      flags: ['-ffp-contract=off'],
      targets: {
        portable: [],
        avx2: AVX2,
        avxvnni: [...AVX2, '-mavxvnni'],
        avx512vnni: [...AVX512, '-mavx512vnni'],
      },
    },
  },
  arm64: {
    'kernels.cc': { flags: [], targets: { portable: [] } },
    'integer-kernels.cc': {
      flags: ['-ffp-contract=off'],
      targets: { portable: [], dotprod: ['-march=armv8.2-a+dotprod'] },
    },
  },
};

/** What the other sources are told of the targets. */
export const DEFINES: Readonly<Record<string, string>> = { x64: '-DFORETOKEN_X86', arm64: '-DFORETOKEN_DOTPROD' };

/** What `FORETOKEN_INSTRUCTIONS` may name, the fastest last. */
export const INSTRUCTIONS: Readonly<Record<string, readonly string[]>> = {
  x64: ['portable', 'avx2', 'avxvnni', 'avx512', 'avx512vnni'],
  arm64: ['portable', 'dotprod'],
};

/** Folders with code of the addon. What lies beside them is for tests, or compiled for a GPU on the user's machine. */
const FOLDERS = ['', 'addon', 'cuda', 'cuda/kernels'];

/** The sources and headers of the addon, as paths within the folder of native code. */
export async function nativeSources(root: string): Promise<readonly string[]> {
  const names = await Promise.all(
    FOLDERS.map(async (folder) =>
      (await readdir(`${root}/${folder}`)).map((name) => (folder ? `${folder}/${name}` : name)),
    ),
  );
  return names
    .flat()
    .filter((name) => /\.(cc|h)$/.test(name))
    .sort();
}
