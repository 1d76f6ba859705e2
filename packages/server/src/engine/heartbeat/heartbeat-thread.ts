/** The program of a heartbeat's thread. `startHeartbeat` starts it. */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { passProgress } from '@foretoken/operators';
import type { HeartbeatData } from './start-heartbeat.js';

const { turns, interval, fileDescriptor, addon }: HeartbeatData = workerData;
const progress = addon === undefined ? () => 0 : passProgress(addon);
const pipe = new Socket({ fd: fileDescriptor, readable: false, writable: true });
// Who listened is gone, and this process ends for the same reason.
pipe.on('error', () => {});
let seenTurns = -1;
let seenProgress = -1;

setInterval(() => {
  const [turnsNow, progressNow] = [Atomics.load(turns, 0), progress()];
  const alive = turnsNow !== seenTurns || progressNow !== seenProgress;
  seenTurns = turnsNow;
  seenProgress = progressNow;
  // Unread beats must not pile up, and one that arrives late says as much.
  if (alive && pipe.writableLength === 0) pipe.write('.');
}, interval);
