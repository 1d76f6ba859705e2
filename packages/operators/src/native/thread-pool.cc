#include "thread-pool.h"

#include <cstdlib>

#include "flush-subnormals.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace foretoken {
namespace {

/// About 30 µs: longer than the serial gaps inside a forward pass, too short to take a core from anyone.
constexpr int kSpins = 1500;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

int default_threads() {
  if (const char* text = std::getenv("FORETOKEN_THREADS")) {
    const int wanted = std::atoi(text);
    if (wanted >= 1 && wanted <= 1024) return wanted;
  }
#if defined(__linux__)
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores);
#endif
  const unsigned cores_of_machine = std::thread::hardware_concurrency();
  return cores_of_machine == 0 ? 1 : static_cast<int>(cores_of_machine);
}

std::mutex shared_mutex;
std::shared_ptr<ThreadPool>& shared_instance() {
  // Never destroyed: TensorFlow's threads may still be in a kernel while the process exits.
  static auto* pool = new std::shared_ptr<ThreadPool>();
  return *pool;
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; i++) workers_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  stopping_.store(true);
  epoch_.fetch_add(1);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    condition_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run_loop(int tasks, Function function, const void* context) {
  const FlushSubnormals flush;
  Slot* slot = nullptr;
  if (tasks > 1 && !workers_.empty()) {
    for (Slot& candidate : slots_) {
      if (!candidate.owned.exchange(true, std::memory_order_acquire)) {
        slot = &candidate;
        break;
      }
    }
  }
  if (slot == nullptr) {
    for (int task = 0; task < tasks; task++) function(context, task);
    return;
  }
  slot->tasks = tasks;
  slot->function = function;
  slot->context = context;
  slot->next.store(0, std::memory_order_relaxed);
  slot->open.store(true);
  wake();
  for (int task; (task = slot->next.fetch_add(1, std::memory_order_relaxed)) < tasks;) function(context, task);
  slot->open.store(false);
  // Helpers only finish the task they are in. One that was put off its core needs ours.
  for (int spins = 0; slot->helpers.load() != 0; spins++) {
    if (spins < kSpins) relax();
    else std::this_thread::yield();
  }
  slot->owned.store(false, std::memory_order_release);
}

void ThreadPool::wake() {
  epoch_.fetch_add(1);
  if (sleepers_.load() == 0) return;
  std::lock_guard<std::mutex> lock(mutex_);
  condition_.notify_all();
}

bool ThreadPool::help() {
  bool helped = false;
  for (Slot& slot : slots_) {
    if (!slot.open.load()) continue;
    // Announced first, looked at again second: an owner that closes the slot either sees us or is seen by us.
    slot.helpers.fetch_add(1);
    if (slot.open.load()) {
      const int tasks = slot.tasks;
      for (int task; (task = slot.next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        slot.function(slot.context, task);
        helped = true;
      }
    }
    slot.helpers.fetch_sub(1);
  }
  return helped;
}

void ThreadPool::work() {
  const FlushSubnormals flush;
  unsigned seen = epoch_.load();
  int idle = 0;
  while (!stopping_.load()) {
    if (help()) {
      idle = 0;
      continue;
    }
    const unsigned now = epoch_.load();
    if (now != seen) {
      seen = now;
      idle = 0;
      continue;
    }
    if (idle++ < kSpins) {
      relax();
      continue;
    }
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1);
    condition_.wait(lock, [&] { return epoch_.load() != seen; });
    sleepers_.fetch_sub(1);
    seen = epoch_.load();
    idle = 0;
  }
}

std::shared_ptr<ThreadPool> shared_pool() {
  std::lock_guard<std::mutex> lock(shared_mutex);
  std::shared_ptr<ThreadPool>& pool = shared_instance();
  if (!pool) pool = std::make_shared<ThreadPool>(default_threads());
  return pool;
}

void set_pool_threads(int threads) {
  auto replacement = std::make_shared<ThreadPool>(threads);
  std::lock_guard<std::mutex> lock(shared_mutex);
  shared_instance().swap(replacement);
}

}  // namespace foretoken
