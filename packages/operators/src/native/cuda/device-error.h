// What can be wrong with a device.
#pragma once

#include <stdexcept>
#include <string>

namespace foretoken::cuda {

/// Each is one of `OperatorsErrorCode` (errors.ts).
struct Fault {
  static constexpr const char* NoDriver = "no-gpu-driver";
  static constexpr const char* DriverTooOld = "gpu-driver-too-old";
  static constexpr const char* NoDevice = "no-gpu";
  static constexpr const char* DeviceTooOld = "gpu-too-old";
  static constexpr const char* UnsupportedModel = "gpu-unsupported-model";
  static constexpr const char* NoCompiler = "no-gpu-compiler";
  static constexpr const char* CompileFailed = "compile-failed";
  static constexpr const char* OutOfMemory = "gpu-out-of-memory";
  static constexpr const char* Lost = "gpu-lost";
};

class DeviceError : public std::runtime_error {
 public:
  /// `code`: a `Fault`.
  DeviceError(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

}  // namespace foretoken::cuda
