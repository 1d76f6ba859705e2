// The kernels of a pass that no format of weights has a part in.
#include "attention.h"
#include "choose.h"

extern "C" {

__global__ void __launch_bounds__(256, 4) round_rows(foretoken::cuda::RoundArguments a) { foretoken::cuda::round_rows(a); }
__global__ void __launch_bounds__(256, 4) choose_rows(foretoken::cuda::ChooseArguments a) { foretoken::cuda::choose_rows(a); }
__global__ void __launch_bounds__(256, 4) add_rows(foretoken::cuda::RowsArguments a) { foretoken::cuda::add_rows(a); }
__global__ void __launch_bounds__(256, 4) gate_rows(foretoken::cuda::RowsArguments a) { foretoken::cuda::gate_rows(a); }

__global__ void __launch_bounds__(128, 8) rotate_and_store(foretoken::cuda::RotateArguments a) {
  foretoken::cuda::rotate_and_store(a);
}

#define FORETOKEN_ATTEND(name, element, queries)                                              \
  __global__ void __launch_bounds__(256, 2) attend_##name##_##queries(foretoken::cuda::AttendArguments a) { \
    foretoken::cuda::attend<element, queries>(a);                                             \
  }
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 1)
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 2)
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 4)
FORETOKEN_ATTEND(half, foretoken::cuda::uint16_t, 8)
FORETOKEN_ATTEND(float, float, 1)
FORETOKEN_ATTEND(float, float, 2)
FORETOKEN_ATTEND(float, float, 4)
FORETOKEN_ATTEND(float, float, 8)
#undef FORETOKEN_ATTEND

__global__ void __launch_bounds__(256, 4) join_spans(foretoken::cuda::JoinArguments a) { foretoken::cuda::join_spans(a); }

__global__ void __launch_bounds__(128, 8) gather_entries(foretoken::cuda::MoveArguments a) {
  if (a.cache.half) foretoken::cuda::move_entry<foretoken::cuda::uint16_t>(a, true);
  else foretoken::cuda::move_entry<float>(a, true);
}
__global__ void __launch_bounds__(128, 8) scatter_entries(foretoken::cuda::MoveArguments a) {
  if (a.cache.half) foretoken::cuda::move_entry<foretoken::cuda::uint16_t>(a, false);
  else foretoken::cuda::move_entry<float>(a, false);
}

__global__ void __launch_bounds__(256, 4) best_of_chunks(foretoken::cuda::BestArguments a) {
  foretoken::cuda::best_of_chunks(a);
}
__global__ void __launch_bounds__(256, 4) join_best(foretoken::cuda::BestArguments a) { foretoken::cuda::join_best(a); }
__global__ void __launch_bounds__(256, 4) top_of_chunks(foretoken::cuda::TopArguments a) { foretoken::cuda::top_of_chunks(a); }
__global__ void __launch_bounds__(256, 4) advance_chain(foretoken::cuda::AdvanceArguments a) {
  foretoken::cuda::advance_chain(a);
}

}  // extern "C"
