// Leaves one stack for another. swapcontext does it on every processor, but asks the kernel for the mask of signals each time,
// which took four fifths of the time of the kernels on the host.
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace foretoken::cuda {

#if defined(__x86_64__)

/// Where a stack was left: its pointer, below the registers that a function keeps for its caller.
using Place = void*;

extern "C" void foretoken_switch_stack(Place* from, Place to);

asm(R"(
  .text
  .type foretoken_switch_stack, @function
foretoken_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size foretoken_switch_stack, . - foretoken_switch_stack
)");

inline void switch_stack(Place& from, Place& to) { foretoken_switch_stack(&from, to); }

/// The place where `start` begins, which never returns.
inline void begin(Place& place, char* stack, size_t bytes, void (*start)()) {
  constexpr int kRegisters = 6;
  auto* top = reinterpret_cast<uintptr_t*>(stack + bytes);
  *--top = 0;
  *--top = reinterpret_cast<uintptr_t>(start);
  for (int i = 0; i < kRegisters; i++) *--top = 0;
  place = top;
}

#else

using Place = ucontext_t;

inline void switch_stack(Place& from, Place& to) { swapcontext(&from, &to); }

inline void begin(Place& place, char* stack, size_t bytes, void (*start)()) {
  getcontext(&place);
  place.uc_stack.ss_sp = stack;
  place.uc_stack.ss_size = bytes;
  place.uc_link = nullptr;
  makecontext(&place, start, 0);
}

#endif

}  // namespace foretoken::cuda
