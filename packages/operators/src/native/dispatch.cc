#include <cstdlib>
#include <cstring>

#include "kernels.h"

namespace foretoken {

namespace portable {
extern const Kernels table;
}
#if defined(FORETOKEN_X86)
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
#endif

namespace {

#if defined(FORETOKEN_X86)
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

const Kernels& choose() {
  const char* wanted = std::getenv("FORETOKEN_INSTRUCTIONS");
  if (const Kernels* named = wanted == nullptr ? nullptr : kernels_named(wanted)) return *named;
  if (const Kernels* widest = kernels_named("avx512")) return *widest;
  if (const Kernels* wide = kernels_named("avx2")) return *wide;
  return portable::table;
}

}  // namespace

const Kernels* kernels_named(const char* name) {
#if defined(FORETOKEN_X86)
  if (std::strcmp(name, "avx512") == 0) return has_avx512() ? &avx512::table : nullptr;
  if (std::strcmp(name, "avx2") == 0) return has_avx2() ? &avx2::table : nullptr;
#endif
  return std::strcmp(name, "portable") == 0 ? &portable::table : nullptr;
}

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace foretoken
