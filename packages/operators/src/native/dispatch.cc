#include <cstdlib>
#include <cstring>

#include "integer-kernels.h"
#include "kernels.h"

#if defined(__aarch64__) && defined(FORETOKEN_DOTPROD)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace foretoken {

namespace portable {
extern const Kernels table;
extern const IntegerKernels integer_table;
}
#if defined(FORETOKEN_X86)
namespace avx2 {
extern const Kernels table;
extern const IntegerKernels integer_table;
}
namespace avxvnni {
extern const IntegerKernels integer_table;
}
namespace avx512 {
extern const Kernels table;
}
namespace avx512vnni {
extern const IntegerKernels integer_table;
}
#endif
#if defined(FORETOKEN_DOTPROD)
namespace dotprod {
extern const IntegerKernels integer_table;
}
#endif

namespace {

struct Target {
  const char* name;
  bool (*runs_here)();
  const Kernels* floats;
  const IntegerKernels* integers;
};

#if defined(FORETOKEN_X86)
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

bool has_avxvnni() { return has_avx2() && __builtin_cpu_supports("avxvnni"); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

bool has_avx512vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
#elif defined(FORETOKEN_DOTPROD)
bool has_dotprod() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#endif

bool always() { return true; }

/// The fastest first.
constexpr Target kTargets[] = {
#if defined(FORETOKEN_X86)
    {"avx512vnni", has_avx512vnni, &avx512::table, &avx512vnni::integer_table},
    {"avx512", has_avx512, &avx512::table, &avx2::integer_table},
    {"avxvnni", has_avxvnni, &avx2::table, &avxvnni::integer_table},
    {"avx2", has_avx2, &avx2::table, &avx2::integer_table},
#elif defined(FORETOKEN_DOTPROD)
    {"dotprod", has_dotprod, &portable::table, &dotprod::integer_table},
#endif
    {"portable", always, &portable::table, &portable::integer_table},
};

const Target& choose() {
  const char* wanted = std::getenv("FORETOKEN_INSTRUCTIONS");
  for (const Target& target : kTargets) {
    if (wanted != nullptr && std::strcmp(target.name, wanted) == 0 && target.runs_here()) return target;
  }
  const Target* target = kTargets;
  while (!target->runs_here()) target++;
  return *target;
}

const Target& chosen() {
  static const Target& target = choose();
  return target;
}

}  // namespace

const char* instruction_set() { return chosen().name; }

const Kernels& kernels() { return *chosen().floats; }

const IntegerKernels& integer_kernels() { return *chosen().integers; }

}  // namespace foretoken
