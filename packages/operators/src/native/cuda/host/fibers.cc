#include "fibers.h"

#include <sys/mman.h>

#include <vector>

#include "cuda-on-host.h"
#include "stack-switch.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

Index3 threadIdx, blockIdx, blockDim, gridDim;

namespace foretoken::cuda {
namespace {

constexpr size_t kStackBytes = 256 * 1024;
constexpr int kMostThreads = 1024;
constexpr int kLaneBytes = 32;

/// Threads that have come to the meeting that is open, and how many meetings there were.
struct Meeting {
  int arrived;
  unsigned long held;
};

struct Fiber {
  Place place;
  char* stack;
  void* shadow;
  /// The meeting that it waits for, and how many had been held before.
  const Meeting* meeting;
  unsigned long held;
  /// How often it has exchanged values with its warp.
  unsigned long exchanges;
  bool finished;

  bool ready() const { return !finished && (meeting == nullptr || meeting->held != held); }
};

struct Block {
  std::vector<Fiber> fibers;
  Place caller{};
  void* caller_shadow = nullptr;
  const void* caller_stack = nullptr;
  size_t caller_stack_bytes = 0;
  int threads = 0, current = 0, running = 0;
  void (*body)(const void*) = nullptr;
  const void* context = nullptr;
  bool backwards = false;
  Meeting meeting{};
  Meeting warps[kMostThreads / 32]{};
  /// What lanes exchange, in turns: a lane may be at the next exchange before another has read this one.
  unsigned char lanes[kMostThreads / 32][2][32 * kLaneBytes];
};

Block& block() {
  static Block only;
  return only;
}

void to_caller(bool for_good) {
  Block& all = block();
  Fiber& own = all.fibers[all.current];
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &own.shadow, all.caller_stack, all.caller_stack_bytes);
#endif
  switch_stack(own.place, all.caller);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(own.shadow, nullptr, nullptr);
#else
  static_cast<void>(for_good);
#endif
}

void resume(int index) {
  Block& all = block();
  Fiber& fiber = all.fibers[index];
  all.current = index;
  threadIdx = {static_cast<unsigned>(index), 0, 0};
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&all.caller_shadow, fiber.stack, kStackBytes);
#endif
  switch_stack(all.caller, fiber.place);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(all.caller_shadow, nullptr, nullptr);
#endif
}

void start() {
  Block& all = block();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &all.caller_stack, &all.caller_stack_bytes);
#endif
  all.body(all.context);
  all.fibers[all.current].finished = true;
  all.running--;
  to_caller(true);
}

/// Waits until `threads` have come. Those that have finished never come.
void wait(Meeting& meeting, int threads) {
  if (++meeting.arrived == threads) {
    meeting.arrived = 0;
    meeting.held++;
    return;
  }
  Block& all = block();
  Fiber& own = all.fibers[all.current];
  own.meeting = &meeting;
  own.held = meeting.held;
  to_caller(false);
}

}  // namespace

const unsigned char* exchange(const void* own, size_t bytes) {
  Block& all = block();
  if (bytes > kLaneBytes) std::abort();
  const int thread = all.current, warp = thread / 32;
  Fiber& fiber = all.fibers[thread];
  unsigned char* room = all.lanes[warp][fiber.exchanges++ % 2];
  std::memcpy(room + thread % 32 * kLaneBytes, own, bytes);
  wait(all.warps[warp], 32);
  return room;
}

void run_block(int threads, void (*body)(const void*), const void* context) {
  Block& all = block();
  if (threads % 32 != 0 || threads > kMostThreads) {
    std::fprintf(stderr, "a block of %d threads is not whole warps, at most %d\n", threads, kMostThreads);
    std::abort();
  }
  while (static_cast<int>(all.fibers.size()) < threads) {
    void* stack = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) std::abort();
    all.fibers.push_back({{}, static_cast<char*>(stack), nullptr, nullptr, 0, 0, true});
  }
  all.threads = all.running = threads;
  all.body = body;
  all.context = context;
  all.meeting = {};
  for (Meeting& warp : all.warps) warp = {};
  for (int i = 0; i < threads; i++) {
    Fiber& fiber = all.fibers[i];
    begin(fiber.place, fiber.stack, kStackBytes, start);
    fiber.shadow = nullptr;
    fiber.meeting = nullptr;
    fiber.exchanges = 0;
    fiber.finished = false;
  }
  // Every other block runs backwards: where a barrier is missing, one of two orders reads what is not yet written.
  all.backwards = !all.backwards;
  const int warps = threads / 32;
  while (all.running > 0) {
    bool moved = false;
    for (int turn = 0; turn < warps; turn++) {
      const int warp = all.backwards ? warps - 1 - turn : turn;
      // As far as a warp gets by itself, whose stacks stay in the cache.
      for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < 32; i++) {
          const int thread = 32 * warp + (all.backwards ? 31 - i : i);
          if (!all.fibers[thread].ready()) continue;
          resume(thread);
          again = moved = true;
        }
      }
    }
    if (moved) continue;
    std::fprintf(stderr, "%d threads of a block wait for others that have finished\n", all.running);
    std::abort();
  }
}

}  // namespace foretoken::cuda

void __syncthreads() { foretoken::cuda::wait(foretoken::cuda::block().meeting, foretoken::cuda::block().threads); }
