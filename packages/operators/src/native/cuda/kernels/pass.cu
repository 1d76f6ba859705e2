// The kernels of a pass that no format of weights has a part in.
#include "attention.h"
#include "choose.h"

/// A kernel of the same name as what it does. `blocks` of its blocks are to find room on a multiprocessor.
#define FORETOKEN_KERNEL(name, Arguments, threads, blocks)                                    \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(foretoken::cuda::Arguments a) { \
    foretoken::cuda::name(a);                                                                 \
  }

FORETOKEN_KERNEL(round_rows, RoundArguments, foretoken::cuda::kRowThreads, 2)
FORETOKEN_KERNEL(choose_rows, ChooseArguments, 256, 4)
FORETOKEN_KERNEL(add_rows, RowsArguments, 256, 4)
FORETOKEN_KERNEL(gate_rows, RowsArguments, 256, 4)
FORETOKEN_KERNEL(rotate_and_store, RotateArguments, 128, 8)
FORETOKEN_KERNEL(join_spans, JoinArguments, foretoken::cuda::kRowThreads, 2)
FORETOKEN_KERNEL(gather_entries, MoveArguments, 128, 8)
FORETOKEN_KERNEL(scatter_entries, MoveArguments, 128, 8)
FORETOKEN_KERNEL(join_best, BestArguments, foretoken::cuda::kRowThreads, 2)
FORETOKEN_KERNEL(top_of_chunks, TopArguments, 256, 4)
FORETOKEN_KERNEL(advance_chain, AdvanceArguments, 256, 4)

#define FORETOKEN_ATTEND(name, Element, queries)                                                            \
  extern "C" __global__ void __launch_bounds__(256, 2) attend_##name##_##queries(foretoken::cuda::AttendArguments a) { \
    foretoken::cuda::attend<Element, queries>(a);                                                           \
  }

FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 1)
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 2)
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 4)
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 8)
FORETOKEN_ATTEND(float, float, 1)
FORETOKEN_ATTEND(float, float, 2)
FORETOKEN_ATTEND(float, float, 4)
FORETOKEN_ATTEND(float, float, 8)

#undef FORETOKEN_KERNEL
#undef FORETOKEN_ATTEND
