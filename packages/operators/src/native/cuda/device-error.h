// What can be wrong with a device.
#pragma once

#include <stdexcept>
#include <string>

namespace foretoken::cuda {

/// The order is that of `code` in device.cc.
enum class Fault {
  NoDriver,
  DriverTooOld,
  NoDevice,
  DeviceTooOld,
  UnsupportedModel,
  NoCompiler,
  CompileFailed,
  OutOfMemory,
  Lost
};

class DeviceError : public std::runtime_error {
 public:
  DeviceError(Fault fault, const std::string& message) : std::runtime_error(message), fault_(fault) {}
  Fault fault() const { return fault_; }
  /// One of `OperatorsErrorCode` (errors.ts).
  const char* code() const;

 private:
  Fault fault_;
};

}  // namespace foretoken::cuda
