export { cacheDirectory } from './cache-directory.js';
export { TensorFlowError, type TensorFlowErrorCode } from './errors.js';
export { type LoadedTensorFlow, type LoadTensorFlowOptions, loadTensorFlow } from './load-tensorflow.js';
export { nativeTensorCount } from './native-tensor-count.js';
export type { ProgressEvent, ProgressListener } from './progress.js';
export { DEVICES, type Device, type DeviceReport, type TensorFlowReport } from './report.js';
export type { NativeTensorFlow, SavedModel, TensorFlow } from './tensorflow-types.js';
export { extractFromWheel } from './wheel/extract-from-wheel.js';
export { type FetchWheelOptions, fetchWheel, type WheelFile } from './wheel/fetch-wheel.js';
