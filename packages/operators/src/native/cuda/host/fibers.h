// The threads of a block as fibers that one thread runs in turn: each until it waits for others.
#pragma once

namespace foretoken::cuda {

/// Runs `body(context)` once for each of `threads`, with threadIdx set. Ends the process where threads wait for others
/// that never come: a barrier that not all reach.
void run_block(int threads, void (*body)(const void*), const void* context);

}  // namespace foretoken::cuda
