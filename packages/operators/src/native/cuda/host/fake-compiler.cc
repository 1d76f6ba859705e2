// What the runtime asks of NVRTC, without compiling: the fake driver has all kernels. FAKE_NVRTC_FAILS=1 lets it fail.
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

/// The code.
using FakeProgram = std::string;

const char kLog[] = "fake.cu(1): error: asked for";

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int nvrtcVersion(int* major, int* minor) {
  *major = 12;
  *minor = 9;
  return 0;
}

EXPORT int nvrtcGetNumSupportedArchs(int* count) {
  *count = 2;
  return 0;
}

EXPORT int nvrtcGetSupportedArchs(int* list) {
  list[0] = 80;
  list[1] = 90;
  return 0;
}

EXPORT int nvrtcCreateProgram(FakeProgram** program, const char* text, const char* name, int, const char* const*,
                              const char* const*) {
  *program = new FakeProgram(std::string(name) + " " + std::to_string(std::strlen(text)));
  return 0;
}

EXPORT int nvrtcDestroyProgram(FakeProgram** program) {
  delete *program;
  return 0;
}

EXPORT int nvrtcCompileProgram(FakeProgram* program, int count, const char* const* options) {
  for (int i = 0; i < count; i++) *program += std::string(" ") + options[i];
  return std::getenv("FAKE_NVRTC_FAILS") != nullptr ? 6 : 0;
}

EXPORT int nvrtcGetProgramLogSize(FakeProgram*, size_t* size) {
  *size = sizeof kLog;
  return 0;
}

EXPORT int nvrtcGetProgramLog(FakeProgram*, char* log) {
  std::memcpy(log, kLog, sizeof kLog);
  return 0;
}

EXPORT int nvrtcGetCUBINSize(FakeProgram* program, size_t* size) {
  *size = program->size();
  return 0;
}

EXPORT int nvrtcGetCUBIN(FakeProgram* program, char* code) {
  std::memcpy(code, program->data(), program->size());
  return 0;
}

EXPORT int nvrtcGetPTXSize(FakeProgram* program, size_t* size) { return nvrtcGetCUBINSize(program, size); }

EXPORT int nvrtcGetPTX(FakeProgram* program, char* code) { return nvrtcGetCUBIN(program, code); }
