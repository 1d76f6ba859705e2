/** The program of an engine's process. `launchEngine` starts it. */
import { EngineHost } from './engine-host.js';
import { startHeartbeat } from './heartbeat/start-heartbeat.js';
import { createLocalTextEngine } from './local-text-engine.js';
import { HEARTBEAT_DESCRIPTOR, type ToEngine } from './process-messages.js';

const host = new EngineHost({
  load: createLocalTextEngine,
  send: (message, sent) => {
    // A message that can't be sent any more has no reader: the parent is gone, and `disconnect` ends this process.
    if (process.connected) process.send?.(message, undefined, undefined, () => sent?.());
  },
  startHeartbeat: (addon) => {
    startHeartbeat({ fileDescriptor: HEARTBEAT_DESCRIPTOR, ...(addon === undefined ? {} : { addon }) });
  },
  end: (code) => process.exit(code),
});

process.on('message', (message: ToEngine) => host.receive(message));
process.on('disconnect', () => process.exit(0));
// Meant for the parent, which ends its requests in good order and then this process.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
