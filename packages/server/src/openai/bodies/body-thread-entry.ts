import { parentPort } from 'node:worker_threads';
import { type BodyRequest, checkBody } from './check-body.js';

// The code of the thread: it answers one request after the other.
parentPort?.on('message', (request: BodyRequest) => parentPort?.postMessage(checkBody(request)));
