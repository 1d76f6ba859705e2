// What JavaScript calls. Values are checked here and again where they are used, since ids may be stale.
#include <node_api.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "chain-guesses.h"
#include "../cuda/device-program.h"
#include "gpu.h"
#include "../integer-kernels.h"
#include "../library-pages.h"
#include "../program.h"
#include "read-instruction.h"
#include "../stored-panels.h"
#include "tensorflow-operators.h"

namespace foretoken {
namespace {

using Function = napi_value (*)(Arguments&);

template <Function function>
napi_value guarded(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value result = nullptr;
  try {
    result = function(arguments);
  } catch (const cuda::DeviceError& error) {
    arguments.fail(error.what(), error.code());
  } catch (const std::exception& error) {
    arguments.fail(error.what());
  }
  return arguments.ok ? result : nullptr;
}

napi_value register_all(Arguments& arguments) {
  std::string error;
  if (!register_operators(&error)) arguments.fail(error);
  return nullptr;
}

napi_value instructions(Arguments& arguments) {
  napi_value name = nullptr;
  napi_create_string_utf8(arguments.env, instruction_set(), NAPI_AUTO_LENGTH, &name);
  return name;
}

napi_value threads(Arguments& arguments) { return arguments.result(shared_pool()->threads()); }

napi_value set_threads(Arguments& arguments) {
  const int count = arguments.integer(0);
  if (arguments.ok && (count < 1 || count > 1024)) arguments.fail("threads must be in 1..1024");
  if (arguments.ok) set_pool_threads(count);
  return nullptr;
}

napi_value count_instructions(Arguments& arguments) {
  return arguments.result(static_cast<double>(instructions_done()));
}

napi_value release_pages(Arguments& arguments) {
  const std::string name = arguments.text(0);
  return arguments.ok ? arguments.result(static_cast<double>(release_library_pages(name.c_str()))) : nullptr;
}

/// mapFile(path, ahead).
napi_value map_file(Arguments& arguments) {
  std::string error;
  const std::string path = arguments.text(0);
  const double ahead = arguments.number(1);
  if (!arguments.ok) return nullptr;
  auto mapping = Mapping::of_file(path, ahead, &error);
  if (!mapping) {
    arguments.fail(error);
    return nullptr;
  }
  return arguments.result(add_object(mapping));
}

napi_value copy_bytes(Arguments& arguments) {
  size_t length = 0;
  const auto* data = arguments.array<uint8_t>(0, &length);
  if (!arguments.ok) return nullptr;
  return arguments.result(add_object(Mapping::of_bytes(data, length)));
}

napi_value panel_rows(Arguments& arguments) { return arguments.result(integer_kernels().panel); }

/// The format of a name; fails where there is none.
Format format_named(Arguments& arguments, const std::string& name) {
  Format format = Format::F32;
  if (arguments.ok && !find_format(name, &format)) arguments.fail("no format is called '" + name + "'");
  return format;
}

void check_blocks(Arguments& arguments, Format format, int columns) {
  if (columns < 1 || columns % layout_of(format).values != 0) {
    arguments.fail(std::to_string(columns) + " columns are no whole blocks of " + kFormatNames[static_cast<int>(format)]);
  }
}

/// panelBytes(format, rows, columns): 0 for a format without integers.
napi_value panel_bytes(Arguments& arguments) {
  const Format format = format_named(arguments, arguments.text(0));
  const int rows = arguments.integer(1), columns = arguments.integer(2);
  check_blocks(arguments, format, columns);
  if (!arguments.ok || !has_integers(format)) return arguments.result(0);
  return arguments.result(static_cast<double>(PanelLayout(format, columns).bytes(rows)));
}

/// regroup(mapping, offset, format, rows, columns, panels): writes the panels of these rows.
napi_value regroup(Arguments& arguments) {
  auto mapping = find_object<Mapping>(arguments.integer(0));
  const double offset = arguments.number(1);
  const Format format = format_named(arguments, arguments.text(2));
  const int rows = arguments.integer(3), columns = arguments.integer(4);
  size_t room = 0;
  auto* panels = const_cast<uint8_t*>(arguments.array<uint8_t>(5, &room));
  check_blocks(arguments, format, columns);
  if (!arguments.ok) return nullptr;
  Matrix matrix;
  matrix.columns = columns;
  std::string error;
  if (!mapping) error = "no mapping has this number";
  else if (!has_integers(format)) error = "this format has no panels";
  else if (!(offset >= 0 && offset <= 9007199254740991.0)) error = "no such offset";
  else matrix.append(std::move(mapping), static_cast<size_t>(offset), format, rows, 0, &error);
  if (error.empty() && room != PanelLayout(format, columns).bytes(rows)) {
    error = "the panels take another number of bytes";
  }
  if (!error.empty()) {
    arguments.fail(error);
    return nullptr;
  }
  std::memset(panels, 0, room);
  regroup_part(matrix.parts[0], columns, panels);
  return nullptr;
}

/// usePanels(matrix, part, mapping, offset).
napi_value use_stored_panels(Arguments& arguments) {
  auto matrix = find_object<Matrix>(arguments.integer(0));
  const int part = arguments.integer(1);
  auto mapping = find_object<Mapping>(arguments.integer(2));
  const double offset = arguments.number(3);
  if (!arguments.ok) return nullptr;
  std::string error;
  if (!matrix) error = "no matrix has this number";
  else if (!mapping) error = "no mapping has this number";
  else if (part < 0 || !(offset >= 0 && offset <= 9007199254740991.0)) error = "no such part or offset";
  else use_panels(*matrix, static_cast<size_t>(part), std::move(mapping), static_cast<size_t>(offset), &error);
  if (!error.empty()) arguments.fail(error);
  return nullptr;
}

/// createMatrix(columns, parts, integer).
napi_value create_matrix(Arguments& arguments) {
  auto matrix = std::make_shared<Matrix>();
  matrix->columns = arguments.integer(0);
  matrix->arithmetic = arguments.integer(2) != 0 ? Arithmetic::integer : Arithmetic::exact;
  each_object(arguments, arguments[1], [&](Fields& part) {
    auto mapping = part.object<Mapping>("mapping");
    const double offset = part.number("offset");
    const Format format = format_named(arguments, part.text("format"));
    const int rows = part.integer("rows"), interleave = part.integer_or("interleave", 0);
    std::string error;
    if (!(offset >= 0 && offset <= 9007199254740991.0)) error = "no such offset";
    else if (arguments.ok) matrix->append(std::move(mapping), static_cast<size_t>(offset), format, rows, interleave, &error);
    if (!error.empty()) arguments.fail(error);
  });
  if (arguments.ok && (matrix->columns < 1 || matrix->parts.empty())) arguments.fail("a matrix needs columns and parts");
  return arguments.ok ? arguments.result(add_object(matrix)) : nullptr;
}

/// selectRows(matrix, rows).
napi_value select_rows(Arguments& arguments) {
  auto matrix = find_object<Matrix>(arguments.integer(0));
  size_t count = 0;
  const auto* rows = arguments.array<int32_t>(1, &count);
  if (arguments.ok && !matrix) arguments.fail("no matrix has this number");
  if (!arguments.ok) return nullptr;
  auto selected = std::make_shared<Matrix>();
  std::string error;
  if (!selected->select(*matrix, rows, count, &error)) {
    arguments.fail(error);
    return nullptr;
  }
  return arguments.result(add_object(selected));
}

/// createVector(values, epsilon).
napi_value create_vector(Arguments& arguments) {
  size_t length = 0;
  const auto* data = arguments.array<float>(0, &length);
  const double epsilon = arguments.number(1);
  if (arguments.ok && !(epsilon >= 0 && epsilon < 1)) arguments.fail("epsilon must be in [0, 1)");
  if (!arguments.ok) return nullptr;
  auto vector = std::make_shared<Vector>();
  vector->values.assign(data, data + length);
  vector->epsilon = static_cast<float>(epsilon);
  return arguments.result(add_object(vector));
}

/// createCache(options).
napi_value create_cache(Arguments& arguments) {
  Fields fields(arguments, arguments[0]);
  CacheShape shape{};
  shape.layers = fields.integer("layers");
  shape.heads = fields.integer("heads");
  shape.kv_heads = fields.integer("kvHeads");
  shape.head_size = fields.integer("headSize");
  shape.slots = fields.integer("slots");
  shape.capacity = fields.integer("slotCapacity");
  shape.rotations = fields.integer_or("rotations", 1);
  const napi_value elements = fields.find("elements");
  shape.half = elements != nullptr && arguments.text(elements, "elements") == "float16";
  size_t length = 0;
  const auto* rotation = fields.array<float>("rotation", &length);
  auto accelerator = fields.object<cuda::Accelerator>("gpu");
  fields.finish();
  if (!arguments.ok) return nullptr;
  std::string error;
  std::vector<float> table(rotation, rotation + length);
  std::shared_ptr<KvCache> cache;
  if (accelerator) cache = cuda::DeviceCache::create(std::move(accelerator), shape, std::move(table), &error);
  else cache = Cache::create(shape, std::move(table), &error);
  if (!cache) {
    arguments.fail(error);
    return nullptr;
  }
  return arguments.result(add_object(cache));
}

/// copyPositions(cache, from, to): pairs [slot, position].
napi_value copy_positions(Arguments& arguments) {
  auto cache = find_object<KvCache>(arguments.integer(0));
  size_t length = 0, other = 0;
  const auto* from = arguments.array<int32_t>(1, &length);
  const auto* to = arguments.array<int32_t>(2, &other);
  if (!arguments.ok) return nullptr;
  std::string error;
  if (!cache) error = "no cache has this number";
  else if (length != other || length % 2 != 0) error = "as many places to copy to as from are needed";
  else cache->copy(from, to, static_cast<int>(length / 2), &error);
  if (!error.empty()) arguments.fail(error);
  return nullptr;
}

/// discardPositions(cache, slot, position).
napi_value discard_positions(Arguments& arguments) {
  auto cache = find_object<KvCache>(arguments.integer(0));
  const int slot = arguments.integer(1);
  const int position = arguments.integer(2);
  if (!arguments.ok) return nullptr;
  std::string error;
  if (!cache) error = "no cache has this number";
  else cache->discard(slot, position, &error);
  if (!error.empty()) arguments.fail(error);
  return nullptr;
}

std::shared_ptr<Program> program_of(std::vector<Instruction> list, const std::shared_ptr<KvCache>& cache,
                                    std::vector<int32_t> vocabulary, std::string* error) {
  if (auto on_device = std::dynamic_pointer_cast<cuda::DeviceCache>(cache)) {
    return cuda::DeviceProgram::create(std::move(list), std::move(on_device), std::move(vocabulary), error);
  }
  return CpuProgram::create(std::move(list), std::static_pointer_cast<Cache>(cache), std::move(vocabulary), error);
}

/// createProgram(cache, instructions, vocabulary). It runs where its cache lies.
napi_value create_program(Arguments& arguments) {
  auto cache = find_object<KvCache>(arguments.integer(0));
  size_t named = 0;
  const auto* vocabulary = arguments.array<int32_t>(2, &named);
  if (arguments.ok && !cache) arguments.fail("no cache has this number");
  std::vector<Instruction> list = read_instructions(arguments, arguments[1]);
  if (!arguments.ok) return nullptr;
  std::string error;
  const auto program = program_of(std::move(list), cache, {vocabulary, vocabulary + named}, &error);
  if (!program) {
    arguments.fail(error);
    return nullptr;
  }
  return arguments.result(add_object(program));
}

/// logits(program, row): a copy.
napi_value logits(Arguments& arguments) {
  auto program = find_object<Program>(arguments.integer(0));
  const int row = arguments.integer(1);
  if (!arguments.ok) return nullptr;
  const float* values = program ? program->logits(row) : nullptr;
  if (values == nullptr) {
    arguments.fail("the last pass of this program scored no row " + std::to_string(row));
    return nullptr;
  }
  const size_t width = static_cast<size_t>(program->width());
  void* data = nullptr;
  napi_value buffer = nullptr, array = nullptr;
  napi_create_arraybuffer(arguments.env, width * sizeof(float), &data, &buffer);
  std::copy(values, values + width, static_cast<float*>(data));
  napi_create_typedarray(arguments.env, napi_float32_array, width, buffer, 0, &array);
  return array;
}

/// topLogits(program, k): [tokens, logits], each rows * k.
napi_value top_logits(Arguments& arguments) {
  auto program = find_object<Program>(arguments.integer(0));
  const int k = arguments.integer(1);
  if (arguments.ok && !program) arguments.fail("no program has this number");
  if (arguments.ok && (k < 1 || k > program->width())) arguments.fail("k must be in 1..vocabulary size");
  if (!arguments.ok) return nullptr;
  const size_t count = static_cast<size_t>(program->rows()) * k;
  void* data[2] = {};
  napi_value buffers[2], arrays[2], pair = nullptr;
  const napi_typedarray_type types[2] = {napi_int32_array, napi_float32_array};
  napi_create_array_with_length(arguments.env, 2, &pair);
  for (int i = 0; i < 2; i++) {
    napi_create_arraybuffer(arguments.env, count * 4, &data[i], &buffers[i]);
    napi_create_typedarray(arguments.env, types[i], count, buffers[i], 0, &arrays[i]);
    napi_set_element(arguments.env, pair, i, arrays[i]);
  }
  program->top(*shared_pool(), k, static_cast<int32_t*>(data[0]), static_cast<float*>(data[1]), nullptr);
  return pair;
}

/// takeTimes(program).
napi_value take_times(Arguments& arguments) {
  auto program = find_object<Program>(arguments.integer(0));
  if (arguments.ok && !program) arguments.fail("no program has this number");
  if (!arguments.ok) return nullptr;
  const std::vector<double> times = program->take_times();
  void* data = nullptr;
  napi_value buffer = nullptr, array = nullptr;
  napi_create_arraybuffer(arguments.env, times.size() * sizeof(double), &data, &buffer);
  std::copy(times.begin(), times.end(), static_cast<double*>(data));
  napi_create_typedarray(arguments.env, napi_float64_array, times.size(), buffer, 0, &array);
  return array;
}

napi_value remove(Arguments& arguments) {
  const int id = arguments.integer(0);
  napi_value removed = nullptr;
  if (arguments.ok) napi_get_boolean(arguments.env, remove_object(id), &removed);
  return removed;
}

template <Function function>
void define(napi_env env, napi_value exports, const char* name) {
  napi_value made = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<function>, nullptr, &made);
  napi_set_named_property(env, exports, name, made);
}

}  // namespace
}  // namespace foretoken

NAPI_MODULE_INIT() {
  using namespace foretoken;
  define<register_all>(env, exports, "registerOperators");
  define<instructions>(env, exports, "instructions");
  define<threads>(env, exports, "threads");
  define<set_threads>(env, exports, "setThreads");
  define<count_instructions>(env, exports, "instructionsDone");
  define<release_pages>(env, exports, "releaseLibraryPages");
  define<map_file>(env, exports, "mapFile");
  define<copy_bytes>(env, exports, "copyBytes");
  define<panel_rows>(env, exports, "panelRows");
  define<panel_bytes>(env, exports, "panelBytes");
  define<regroup>(env, exports, "regroup");
  define<use_stored_panels>(env, exports, "usePanels");
  define<create_matrix>(env, exports, "createMatrix");
  define<select_rows>(env, exports, "selectRows");
  define<create_vector>(env, exports, "createVector");
  define<create_cache>(env, exports, "createCache");
  define<copy_positions>(env, exports, "copyPositions");
  define<discard_positions>(env, exports, "discardPositions");
  define<create_program>(env, exports, "createProgram");
  define<logits>(env, exports, "logits");
  define<top_logits>(env, exports, "topLogits");
  define<take_times>(env, exports, "takeTimes");
  define<chain_guesses>(env, exports, "chain");
  define<open_gpu>(env, exports, "openGpu");
  define<check_gpu_program>(env, exports, "checkGpuProgram");
  define<describe_gpu>(env, exports, "describeGpu");
  define<gpu_fault>(env, exports, "gpuFault");
  define<kernel_compiler_version>(env, exports, "kernelCompilerVersion");
  define<compile_kernels>(env, exports, "compileKernels");
  define<load_kernels>(env, exports, "loadKernels");
  define<remove>(env, exports, "remove");
  return exports;
}
