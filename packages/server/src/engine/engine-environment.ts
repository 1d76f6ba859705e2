export interface EngineEnvironmentOptions {
  /** Environment of this process. */
  readonly base: NodeJS.ProcessEnv;
  /** Of this engine, from 0. */
  readonly index: number;
  readonly engines: number;
  /** Cores that this process may use. */
  readonly cores: number;
  /** GPUs that engines may use, as CUDA names them. Empty: none, or not for engines to share out. */
  readonly gpus: readonly string[];
}

/**
 * The environment of one of several engines: its part of the cores and its GPU. What is set already stays, and a single
 * engine has everything.
 */
export function engineEnvironment(options: EngineEnvironmentOptions): NodeJS.ProcessEnv {
  const { base, index, engines, cores, gpus } = options;
  if (engines === 1) return base;
  const threads = String(Math.max(1, Math.floor(cores / engines)));
  const gpu = gpus[index % gpus.length];
  return {
    FORETOKEN_THREADS: threads,
    TF_NUM_INTRAOP_THREADS: threads,
    ...base,
    ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
  };
}
