#!/usr/bin/env bash
# Whether the kernels are right on this machine's GPU, and how fast: builds a native program from the sources, runs whole
# random models against the CPU's exact arithmetic, measures passes of two models' shapes, and writes one JSON. Needs bash,
# g++, NVIDIA's driver, and NVRTC or kernels that were compiled elsewhere; no network, Node.js or TensorFlow. Some four
# minutes. Usage: pnpm gpu:check, or bash packages/operators/scripts/gpu-check.sh, with
#   --nvrtc FILE     libnvrtc.so.12; else FORETOKEN_NVRTC, or what is found
#   --kernels FOLDER compiled kernels; with --compile 90 they are put there for compute capability 9.0, and nothing is run
#   --driver FILE    libcuda.so.1
#   --out FILE       gpu-check.json
#   --host           small, with the kernels on the host: nothing is measured
set -euo pipefail
native=$(cd "$(dirname "${BASH_SOURCE[0]}")/../src/native" && pwd)
# Paths of options are those of whoever called pnpm.
called=${INIT_CWD:-$PWD}
cd "$called"

nvrtc=${FORETOKEN_NVRTC:-} kernels='' compile='' driver=libcuda.so.1 out=gpu-check.json host='' named=''
while [ $# -gt 0 ]; do
  case $1 in
    --nvrtc) nvrtc=$2; shift ;;
    --kernels) kernels=$2; shift ;;
    --compile) compile=$2; shift ;;
    --driver) driver=$2; named=yes; shift ;;
    --out) out=$2; shift ;;
    --host) host=yes ;;
    --) ;;
    *) echo "Unknown option $1; the script's first lines list them." >&2; exit 64 ;;
  esac
  shift
done

if [ -z "$host$compile$named" ] && [ ! -e /dev/nvidiactl ] && ! nvidia-smi -L >/dev/null 2>&1; then
  echo "This machine has no GPU with NVIDIA's driver: there is nothing to check. --host runs the command itself." >&2
  exit 2
fi
if [ -z "$host" ] && [ -z "$nvrtc" ] && { [ -z "$kernels" ] || [ -n "$compile" ]; }; then
  nvrtc=$(find / -xdev -name libnvrtc.so.12 -print -quit 2>/dev/null || true)
  if [ -z "$nvrtc" ]; then
    echo "No libnvrtc.so.12 is here. Name one with --nvrtc, or compiled kernels with --kernels." >&2
    exit 2
  fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CXX:-g++}
flags='-std=c++17 -O2 -fno-math-errno -pthread -Wno-psabi -Wno-unknown-pragmas'
cd "$native"
{
  for source in *.cc; do
    case $source in
      kernels.cc) echo "$source -ffp-contract=fast -DFORETOKEN_TARGET=portable" ;;
      integer-kernels.cc) echo "$source -ffp-contract=off -DFORETOKEN_TARGET=portable" ;;
      *) echo "$source -ffp-contract=fast" ;;
    esac
  done
  for source in cuda/*.cc ${host:+cuda/host/*.cc}; do echo "$source -ffp-contract=off"; done
  echo 'testing/gpu-check.cc -ffp-contract=fast'
} | xargs -P "$(nproc)" -L 1 sh -c '"$1" $2 -c $4 $5 "$3" -o "$0/$(echo "$3" | tr / -).o"' "$work" "$cc" "$flags"
"$cc" -pthread "$work"/*.o -rdynamic -ldl -o "$work/gpu-check"
cd "$called"
echo "built in $SECONDS s" >&2

if [ -n "$compile" ]; then
  mkdir -p "$kernels"
  exec "$work/gpu-check" compile "$nvrtc" "$native/cuda/kernels" "$compile" "$kernels"
fi
timeout 470 "$work/gpu-check" run "${host:+host}" "$driver" "$nvrtc" "$native/cuda/kernels" "$kernels" "$out"
echo "all results agree with the CPU's; written to $out" >&2
