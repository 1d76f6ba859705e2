#include "compiler.h"

#include <dirent.h>
#include <dlfcn.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "device-error.h"

namespace foretoken::cuda {
namespace {

using Handle = struct ProgramRecord*;

struct Compiler {
  int (*version)(int* major, int* minor);
  int (*architecture_count)(int* count);
  int (*architectures)(int* list);
  int (*create)(Handle* program, const char* text, const char* name, int headers, const char* const* header_texts,
                const char* const* header_names);
  int (*destroy)(Handle* program);
  int (*compile)(Handle program, int count, const char* const* options);
  int (*log_size)(Handle program, size_t* size);
  int (*log)(Handle program, char* log);
  int (*cubin_size)(Handle program, size_t* size);
  int (*cubin)(Handle program, char* code);
  int (*ptx_size)(Handle program, size_t* size);
  int (*ptx)(Handle program, char* code);
};

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> names;
  if (DIR* directory = opendir(folder.c_str())) {
    while (const dirent* entry = readdir(directory)) {
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    closedir(directory);
  }
  return names;
}

Compiler open_compiler(const std::string& library) {
  // NVRTC opens a second library, which that of CUDA 13 does not find beside itself.
  const std::string folder = library.substr(0, library.find_last_of('/') + 1);
  for (const std::string& name : files_of(folder)) {
    if (name.rfind("libnvrtc-builtins.so", 0) == 0) dlopen((folder + name).c_str(), RTLD_NOW | RTLD_GLOBAL);
  }
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw DeviceError(Fault::NoCompiler, std::string("NVRTC does not load: ") + dlerror());
  Compiler compiler{};
  const std::pair<const char*, void*> entries[] = {
      {"nvrtcVersion", &compiler.version},
      {"nvrtcGetNumSupportedArchs", &compiler.architecture_count},
      {"nvrtcGetSupportedArchs", &compiler.architectures},
      {"nvrtcCreateProgram", &compiler.create},
      {"nvrtcDestroyProgram", &compiler.destroy},
      {"nvrtcCompileProgram", &compiler.compile},
      {"nvrtcGetProgramLogSize", &compiler.log_size},
      {"nvrtcGetProgramLog", &compiler.log},
      {"nvrtcGetCUBINSize", &compiler.cubin_size},
      {"nvrtcGetCUBIN", &compiler.cubin},
      {"nvrtcGetPTXSize", &compiler.ptx_size},
      {"nvrtcGetPTX", &compiler.ptx},
  };
  for (const auto& [name, place] : entries) {
    void* function = dlsym(handle, name);
    if (function == nullptr) throw DeviceError(Fault::NoCompiler, library + " has no " + name + "; NVRTC 12 or newer is needed.");
    *static_cast<void**>(place) = function;
  }
  return compiler;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DeviceError(Fault::CompileFailed, "can't read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Compilation {
 public:
  Compilation(const Compiler& compiler, const KernelSource& source) : compiler_(compiler) {
    const std::vector<std::string> names = files_of(source.folder);
    std::vector<std::string> texts;
    std::vector<const char*> name_list, text_list;
    for (const std::string& name : names) texts.push_back(read_file(source.folder + "/" + name));
    for (size_t i = 0; i < names.size(); i++) {
      name_list.push_back(names[i].c_str());
      text_list.push_back(texts[i].c_str());
    }
    const std::string text = read_file(source.folder + "/" + source.file);
    if (compiler_.create(&handle_, text.c_str(), source.file.c_str(), static_cast<int>(names.size()), text_list.data(),
                         name_list.data()) != 0) {
      throw DeviceError(Fault::CompileFailed, "NVRTC does not take " + source.file + ".");
    }
  }
  ~Compilation() { compiler_.destroy(&handle_); }
  Compilation(const Compilation&) = delete;
  Compilation& operator=(const Compilation&) = delete;

  void run(const std::vector<std::string>& options) {
    std::vector<const char*> list;
    for (const std::string& option : options) list.push_back(option.c_str());
    if (compiler_.compile(handle_, static_cast<int>(list.size()), list.data()) == 0) return;
    throw DeviceError(Fault::CompileFailed, "NVRTC could not compile the kernels: " + log().substr(0, 2000));
  }

  std::string log() {
    size_t size = 0;
    compiler_.log_size(handle_, &size);
    std::string log(size, '\0');
    compiler_.log(handle_, log.data());
    return log;
  }

  std::vector<char> code(bool machine) {
    size_t size = 0;
    std::vector<char> bytes;
    bool ok = (machine ? compiler_.cubin_size : compiler_.ptx_size)(handle_, &size) == 0;
    bytes.resize(size);
    ok = ok && size > 0 && (machine ? compiler_.cubin : compiler_.ptx)(handle_, bytes.data()) == 0;
    if (!ok) throw DeviceError(Fault::CompileFailed, "NVRTC gave no code.");
    return bytes;
  }

 private:
  const Compiler& compiler_;
  Handle handle_ = nullptr;
};

}  // namespace

std::string compiler_version(const std::string& library) {
  int major = 0, minor = 0;
  open_compiler(library).version(&major, &minor);
  return std::to_string(major) + "." + std::to_string(minor);
}

std::vector<char> compile_kernels(const std::string& library, const KernelSource& source, int architecture,
                                  std::string* usage) {
  const Compiler compiler = open_compiler(library);
  int count = 0;
  compiler.architecture_count(&count);
  std::vector<int> known(count);
  compiler.architectures(known.data());
  int target = 0;
  for (const int each : known) {
    if (each <= architecture) target = std::max(target, each);
  }
  if (target == 0) throw DeviceError(Fault::NoCompiler, library + " compiles for no GPU of this kind.");
  const bool machine = target == architecture;
  // Without contraction of products and sums, results have the same bits in every kernel that computes them.
  std::vector<std::string> options = {"--std=c++17", "--fmad=false", "--device-as-default-execution-space",
                                      std::string("--gpu-architecture=") + (machine ? "sm_" : "compute_") +
                                          std::to_string(target)};
  if (!source.definition.empty()) options.push_back("-D" + source.definition);
  if (usage != nullptr) options.push_back("--ptxas-options=-v");
  Compilation compilation(compiler, source);
  compilation.run(options);
  if (usage != nullptr) *usage = compilation.log();
  return compilation.code(machine);
}

}  // namespace foretoken::cuda
