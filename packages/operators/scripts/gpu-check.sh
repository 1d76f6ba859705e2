#!/usr/bin/env bash
# Whether the kernels are right on this machine's GPU, and how fast: builds a native program from the sources, runs every
# kernel against plain loops and whole random models against the CPU, measures passes of three models' shapes, and writes one
# JSON, also where something fails or time is over. Needs bash, g++, NVIDIA's driver, and NVRTC or kernels that were compiled
# elsewhere; no network, Node.js or TensorFlow. Ends within eight minutes; with 1 where something did not hold. Usage:
# pnpm gpu:check, or bash packages/operators/scripts/gpu-check.sh, with
#   --nvrtc FILE     libnvrtc.so.12 or newer; else FORETOKEN_NVRTC, or what is found
#   --kernels FOLDER compiled kernels; with --compile 90 they are put there for compute capability 9.0, and nothing is run
#   --driver FILE    libcuda.so.1
#   --program FILE   the program, built before on this machine or one like it; where it is missing, it is kept there
#   --out FILE       gpu-check.json
#   --host           small, with the kernels on the host: nothing is measured
set -euo pipefail
native=$(cd "$(dirname "${BASH_SOURCE[0]}")/../src/native" && pwd)
# Paths of options are those of whoever called pnpm.
called=${INIT_CWD:-$PWD}
cd "$called"

nvrtc=${FORETOKEN_NVRTC:-} kernels='' compile='' driver=libcuda.so.1 out=gpu-check.json program='' host='' named=''
while [ $# -gt 0 ]; do
  case $1 in
    --nvrtc) nvrtc=$2; shift ;;
    --kernels) kernels=$2; shift ;;
    --compile) compile=$2; shift ;;
    --driver) driver=$2; named=yes; shift ;;
    --program) program=$2; shift ;;
    --out) out=$2; shift ;;
    --host) host=yes driver='' ;;
    --) ;;
    *) echo "Unknown option $1; the script's first lines list them." >&2; exit 64 ;;
  esac
  shift
done

# The first library of this name, where they usually lie or anywhere.
find_library() {
  local found
  found=$(find /usr/local /usr/lib /opt -name "$1" -print -quit 2>/dev/null || true)
  if [ -z "$found" ]; then
    found=$(timeout 60 find / \( -path /proc -o -path /sys \) -prune -o -name "$1" -print -quit 2>/dev/null || true)
  fi
  echo "$found"
}

if [ -z "$host$compile$named" ]; then
  if [ ! -e /dev/nvidiactl ] && ! nvidia-smi -L >/dev/null 2>&1; then
    echo "This machine has no GPU with NVIDIA's driver: there is nothing to check. --host runs the command itself." >&2
    exit 2
  fi
  if [ -z "$(/sbin/ldconfig -p 2>/dev/null | grep 'libcuda\.so\.1 ' || true)" ]; then driver=$(find_library libcuda.so.1); fi
  driver=${driver:-libcuda.so.1}
fi
if [ -z "$host" ] && [ -z "$nvrtc" ] && { [ -z "$kernels" ] || [ -n "$compile" ]; }; then
  nvrtc=$(find_library 'libnvrtc.so.1[2-9]')
  if [ -z "$nvrtc" ]; then
    echo "No libnvrtc.so.12 or newer is here. Name one with --nvrtc, or compiled kernels with --kernels." >&2
    exit 2
  fi
fi

if [ -z "$compile" ]; then : >"$out"; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=${program:-$work/gpu-check}
if [ ! -e "$program" ]; then
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
  cd "$called"
  "$cc" -pthread "$work"/*.o -rdynamic -ldl -o "$program"
  echo "built in $SECONDS s" >&2
fi
program=$(realpath "$program")

if [ -n "$compile" ]; then
  mkdir -p "$kernels"
  exec "$program" compile "$driver" "$nvrtc" "$native/cuda/kernels" "$kernels" "$compile"
fi

lines=$work/lines errors=$work/errors failures=0 kind=${host:+host}
kind=${kind:-gpu}
touch "$lines" "$errors"
# Writes what there is so far.
write_report() {
  {
    printf '{\n"kind": "%s",\n"failures": %d,\n"seconds": %d,\n"results": [\n' "$kind" "$failures" "$SECONDS"
    sed '$!s/$/,/' "$lines"
    printf ']\n}\n'
  } >"$out"
}
add_line() { echo "$1" | tee -a "$lines" >&2; }
# Runs a part of the check, whatever became of the parts before it. The second argument is its limit in seconds.
part() {
  local left=$((475 - SECONDS)) status=0 reason
  if [ "$left" -gt "$2" ]; then left=$2; fi
  # A busy machine takes its time.
  if [ -n "$host" ]; then left=550; fi
  if [ "$left" -lt 5 ]; then status=124; else
    timeout -k 3 "$left" "$program" "$1" "$driver" "$nvrtc" "$native/cuda/kernels" "${kernels:-$work}" 2>"$errors" |
      tee -a "$lines" >&2 || status=$?
  fi
  # What a part finds wrong it says itself, with status 1.
  reason="status $status: $(tail -n 1 "$errors" | tr -d '"\\' || true)"
  if [ "$status" -eq 124 ]; then reason="not done within $left seconds"; fi
  if [ "$status" -gt 1 ]; then add_line "{\"failed\":\"$1\",\"reason\":\"$reason\"}"; fi
  if [ "$status" -ne 0 ]; then failures=$((failures + 1)); fi
  write_report
}
# Whether kernels race or reach beyond their memory, where NVIDIA's tool is at hand; a slow run that ends early proves nothing.
sanitize() {
  local tool left summary
  tool=$(PATH=$PATH:/usr/local/cuda/bin command -v compute-sanitizer) || return 0
  left=$((475 - SECONDS))
  if [ "$left" -lt 20 ]; then return 0; fi
  if [ "$left" -gt 60 ]; then left=60; fi
  summary=$(timeout -k 3 "$left" "$tool" --tool "$1" "$program" kernels "$driver" "$nvrtc" "$native/cuda/kernels" \
    "${kernels:-$work}" 2>&1 | grep '^=========' | tail -n 12 | tr -d '"\\' | tr '\n' ' ' || true)
  add_line "{\"sanitizer\":\"$1\",\"summary\":\"$summary\"}"
  write_report
}

part device 60
if [ -z "$host$kernels" ]; then part compile 120; fi
part kernels 90
part llama-models 60
part gemma-models 60
for shape in SmolLM2-135M Qwen2.5-1.5B Gemma-3-1B; do part "$shape" 75; done
if [ -z "$host" ]; then
  sanitize racecheck
  sanitize memcheck
fi
if [ "$failures" -gt 0 ]; then
  echo "$failures parts failed: $out says which, and what the others gave" >&2
  exit 1
fi
echo "all results agree with the CPU's; written to $out" >&2
