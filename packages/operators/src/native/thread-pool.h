// Threads that share loops. Any number of callers may run loops at once: each works on its own loop, and idle threads
// join whichever loops are open, so no caller ever waits for a thread to become free.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace foretoken {

class ThreadPool {
 public:
  /// `threads` counts the caller: a pool of 1 starts none.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(task) for every task in [0, tasks), in any order, on this and other threads; returns when all are done.
  template <class Body>
  void run(int tasks, const Body& body) {
    run_loop(tasks, [](const void* context, int task) { (*static_cast<const Body*>(context))(task); }, &body);
  }

 private:
  using Function = void (*)(const void* context, int task);

  /// A loop that threads may join. Slots outlive loops, so that looking at one is always safe.
  struct alignas(64) Slot {
    std::atomic<bool> owned{false};
    std::atomic<bool> open{false};
    std::atomic<int> helpers{0};
    std::atomic<int> next{0};
    int tasks = 0;
    Function function = nullptr;
    const void* context = nullptr;
  };

  /// More loops than this at once are run by their callers alone.
  static constexpr int kSlots = 16;

  void run_loop(int tasks, Function function, const void* context);
  void wake();
  void work();
  bool help();

  Slot slots_[kSlots];
  std::atomic<unsigned> epoch_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable condition_;
  std::vector<std::thread> workers_;
};

/// The pool of the process: FORETOKEN_THREADS, else one thread a core that this process may use.
std::shared_ptr<ThreadPool> shared_pool();

/// Replaces the pool of the process. Loops that run keep the old one until they end.
void set_pool_threads(int threads);

}  // namespace foretoken
