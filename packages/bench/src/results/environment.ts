import { execFile } from 'node:child_process';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

/** Where and with what a record was measured. */
export interface Environment {
  /** ISO 8601, when the benchmark began. */
  readonly date: string;
  /** Commit of the working tree; `undefined` outside a repository. */
  readonly commit: string | undefined;
  /** Whether the working tree differed from that commit. */
  readonly modified: boolean;
  readonly machine: {
    readonly platform: string;
    readonly arch: string;
    readonly release: string;
    readonly processor: string;
    readonly cores: number;
    /** Bytes. */
    readonly memory: number;
  };
  readonly node: string;
}

/** Describes this machine and the working tree around `folder`. */
export async function describeEnvironment(folder: string, now: Date): Promise<Environment> {
  const commit = await git(folder, 'rev-parse', 'HEAD');
  const changes = await git(folder, 'status', '--porcelain');
  return {
    date: now.toISOString(),
    commit,
    modified: changes !== undefined && changes !== '',
    machine: {
      platform: platform(),
      arch: arch(),
      release: release(),
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memory: totalmem(),
    },
    node: process.versions.node,
  };
}

async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', [...args], { cwd: folder });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
