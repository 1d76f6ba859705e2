#include "library-pages.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace foretoken {
namespace {

struct Search {
  const char* name;
  uintptr_t page;
  size_t bytes;
};

/// Code that the loader has written addresses into differs from its file: dropping it would drop the addresses.
bool has_text_relocations(const dl_phdr_info& library) {
  for (int i = 0; i < library.dlpi_phnum; i++) {
    if (library.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(library.dlpi_addr + library.dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) return true;
    }
  }
  return false;
}

int release(dl_phdr_info* library, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  if (library->dlpi_name == nullptr || std::strstr(library->dlpi_name, search.name) == nullptr) return 0;
  if (has_text_relocations(*library)) return 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto& segment = library->dlpi_phdr[i];
    // What is only read after relocation (RELRO) is part of a writable segment.
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    // Whole pages of this segment only: the last may be shared with the next segment.
    const uintptr_t begin = (library->dlpi_addr + segment.p_vaddr + search.page - 1) & ~(search.page - 1);
    const uintptr_t end = (library->dlpi_addr + segment.p_vaddr + segment.p_filesz) & ~(search.page - 1);
    if (begin < end && madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) == 0) {
      search.bytes += end - begin;
    }
  }
  return 0;
}

}  // namespace

size_t release_library_pages(const char* name) {
  Search search{name, static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)), 0};
  dl_iterate_phdr(release, &search);
  return search.bytes;
}

}  // namespace foretoken
