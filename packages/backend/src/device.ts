// An entry of its own, because these types name types of TensorFlow.js, which compile only with those of a browser.
export { type LoadDeviceOptions, type LoadedDevice, loadDevice } from './models/load-device.js';
