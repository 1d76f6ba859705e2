#include "gpu.h"

#include <memory>

#include "../cuda/accelerator.h"
#include "../cuda/compiler.h"
#include "../cuda/device-program.h"
#include "read-instruction.h"

namespace foretoken {
namespace {

std::shared_ptr<cuda::Accelerator> gpu_of(Arguments& arguments) {
  return arguments.object<cuda::Accelerator>(arguments.integer(0), "GPU");
}

napi_value text(Arguments& arguments, const std::string& value) {
  napi_value made = nullptr;
  napi_create_string_utf8(arguments.env, value.c_str(), value.size(), &made);
  return made;
}

}  // namespace

napi_value open_gpu(Arguments& arguments) {
  const std::string library = arguments.text(0);
  if (!arguments.ok) return nullptr;
  return arguments.result(add_object(std::make_shared<cuda::Accelerator>(cuda::Device::open(library))));
}

napi_value check_gpu_program(Arguments& arguments) {
  const int head_size = arguments.integer(0);
  const std::vector<Instruction> list = read_instructions(arguments, arguments[1]);
  if (arguments.ok) cuda::check_device_program(list, head_size);
  return nullptr;
}

napi_value describe_gpu(Arguments& arguments) {
  const auto gpu = gpu_of(arguments);
  if (!arguments.ok) return nullptr;
  const cuda::DeviceDescription& description = gpu->device()->description();
  const size_t free = gpu->use([&] { return gpu->device()->free_memory(); });
  napi_value made = nullptr;
  napi_create_object(arguments.env, &made);
  napi_set_named_property(arguments.env, made, "name", text(arguments, description.name));
  const std::pair<const char*, double> numbers[] = {
      {"architecture", description.architecture},
      {"multiprocessors", description.multiprocessors},
      {"memory", static_cast<double>(description.memory)},
      {"free", static_cast<double>(free)},
  };
  for (const auto& [name, value] : numbers) napi_set_named_property(arguments.env, made, name, arguments.result(value));
  return made;
}

napi_value gpu_fault(Arguments& arguments) {
  const auto gpu = gpu_of(arguments);
  return arguments.ok ? text(arguments, gpu->take_fault()) : nullptr;
}

napi_value kernel_compiler_version(Arguments& arguments) {
  const std::string library = arguments.text(0);
  return arguments.ok ? text(arguments, cuda::compiler_version(library)) : nullptr;
}

napi_value compile_kernels(Arguments& arguments) {
  const std::string library = arguments.text(0);
  const cuda::KernelSource source{arguments.text(1), arguments.text(2), arguments.text(3)};
  const int architecture = arguments.integer(4);
  if (!arguments.ok) return nullptr;
  const std::vector<char> module = cuda::compile_kernels(library, source, architecture);
  return arguments.copy_of(reinterpret_cast<const uint8_t*>(module.data()), module.size());
}

napi_value load_kernels(Arguments& arguments) {
  const auto gpu = gpu_of(arguments);
  size_t length = 0;
  const auto* module = arguments.array<uint8_t>(1, &length);
  if (!arguments.ok) return nullptr;
  gpu->use([&] { gpu->device()->load({module, module + length}); });
  return nullptr;
}

}  // namespace foretoken
