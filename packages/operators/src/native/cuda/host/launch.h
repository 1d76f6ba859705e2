// Runs a kernel on the host by its name: the same text as on a GPU, block after block, threads as fibers.
#pragma once

#include <cstddef>

namespace foretoken::cuda {

struct Grid {
  unsigned x = 1, y = 1, z = 1;
};

/// Bytes of a kernel's arguments; 0 where no kernel has this name.
size_t arguments_on_host(const char* name);

/// False where no kernel has this name or its arguments have another size. One launch at a time in a process.
bool launch_on_host(const char* name, Grid grid, int block, const void* arguments, size_t size);

}  // namespace foretoken::cuda
