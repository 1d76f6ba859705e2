/** What the thread of a heartbeat is given. */
export interface HeartbeatData {
  /** Counts turns of the process's event loop. Shape [1], shared. */
  readonly turns: Int32Array;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly fileDescriptor: number;
  readonly addon: string | undefined;
}
