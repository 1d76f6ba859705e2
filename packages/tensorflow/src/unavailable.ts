import type { TensorFlowErrorCode } from './errors.js';
import type { Device, DeviceReport } from './report.js';

/** The report of a device that can't be had, with what a person can do about it. */
export function unavailable(device: Device, code: TensorFlowErrorCode, reason: string): DeviceReport {
  return { device, state: 'unavailable', code, reason, remedy: remedyFor(code, device) };
}

function remedyFor(code: TensorFlowErrorCode, device: Device): string {
  switch (code) {
    case 'no-compiler':
      return 'Install a C++ compiler (Debian: apt install g++), or set CXX.';
    case 'no-pip':
      return 'Install python3 and pip (Debian: apt install python3-pip).';
    case 'no-npm':
      return 'Install npm.';
    case 'download-failed':
      return 'Check the network and the package mirrors of pip and npm, then try again: finished steps are kept.';
    case 'download-forbidden':
      return 'Allow downloads once.';
    case 'no-gpu':
      return 'Use a machine with an NVIDIA GPU and its driver (nvidia-smi must list it), on Linux x64.';
    case 'unsupported-platform':
      return device === 'cuda'
        ? 'Use Linux x64, or install @tensorflow/tfjs-node-gpu.'
        : 'Use Linux x64 or arm64, or install @tensorflow/tfjs-node.';
    case 'cache-not-private':
      return 'Take the right to write to it from others: chmod go-w.';
    default:
      return 'See the reason.';
  }
}
