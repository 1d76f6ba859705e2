// What the interfaces of other packages name of this one. No type of tfjs is among it: those compile only with the types of a browser.
export type { ProgressEvent, ProgressListener } from './progress.js';
export { DEVICES, type Device, type DeviceReport, type TensorFlowReport } from './report.js';
export { type ProgressStream, terminalProgress } from './terminal-progress.js';
export type { Wheel } from './wheel/fetch-wheel.js';
