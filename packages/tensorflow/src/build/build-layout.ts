import { join } from 'node:path';
import { type NativeDevice, TENSORFLOW_VERSION } from './pinned-release.js';

/** Where the parts of one build lie in the cache. */
export interface BuildLayout {
  readonly root: string;
  readonly lock: string;
  readonly manifest: string;
  readonly downloads: string;
  /** For each wheel whose parts are in place, a list of its files and their sizes. */
  readonly unpacked: string;
  /** Unpacked wheels, laid out as Python does: TensorFlow looks for `nvidia/*` beside `tensorflow/`. */
  readonly sitePackages: string;
  readonly tensorflow: string;
  /** The npm prefix that holds tfjs-node. */
  readonly node: string;
  readonly tfjsNode: string;
  readonly nodeApiHeaders: string;
  readonly addon: string;
  /** The small addon that holds back what TensorFlow prints while it loads. */
  readonly stderrHolder: string;
}

/** From the addon's folder back to the TensorFlow libraries; relative, so that the cache may be moved. */
export const ADDON_TO_TENSORFLOW = '$ORIGIN/../../../../../../site-packages/tensorflow';

/** The layout of a build for this machine. */
export function buildLayout(cacheDirectory: string, device: NativeDevice): BuildLayout {
  const name = `${device}-${TENSORFLOW_VERSION}-${process.platform}-${process.arch}`;
  const root = join(cacheDirectory, 'tensorflow', name);
  const sitePackages = join(root, 'site-packages');
  const node = join(root, 'node');
  const tfjsNode = join(node, 'node_modules', '@tensorflow', 'tfjs-node');
  return {
    root,
    lock: `${root}.lock`,
    manifest: join(root, 'manifest.json'),
    downloads: join(root, 'downloads'),
    unpacked: join(root, 'unpacked'),
    sitePackages,
    tensorflow: join(sitePackages, 'tensorflow'),
    node,
    tfjsNode,
    nodeApiHeaders: join(node, 'node_modules', 'node-api-headers'),
    addon: join(tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node'),
    stderrHolder: join(root, 'stderr-holder.node'),
  };
}
