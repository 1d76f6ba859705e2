// Memory of libraries that only their start needed.
#pragma once

#include <cstddef>

namespace foretoken {

/// Unmaps the pages of a loaded library that are the same as in its file: they are read again, from the system's cache,
/// when they are needed. `name`: part of the library's path. Any thread may be running the library meanwhile.
/// Returns the bytes that lie in such pages, in memory or not.
size_t release_library_pages(const char* name);

}  // namespace foretoken
