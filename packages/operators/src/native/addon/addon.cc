// What JavaScript calls. Values are checked here and again where they are used, since ids may be stale.
#include <node_api.h>

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
  return arguments.result(Mapping::of_file(path, ahead, &error), error);
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
  auto mapping = arguments.object<Mapping>(arguments.integer(0), "mapping");
  const size_t offset = arguments.offset(arguments.number(1));
  const Format format = format_named(arguments, arguments.text(2));
  const int rows = arguments.integer(3), columns = arguments.integer(4);
  size_t room = 0;
  auto* panels = const_cast<uint8_t*>(arguments.array<uint8_t>(5, &room));
  check_blocks(arguments, format, columns);
  if (!arguments.ok) return nullptr;
  Matrix matrix;
  matrix.columns = columns;
  std::string error;
  if (!has_integers(format)) error = "this format has no panels";
  else matrix.append(std::move(mapping), offset, format, rows, 0, &error);
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
  auto matrix = arguments.object<Matrix>(arguments.integer(0), "matrix");
  const int part = arguments.integer(1);
  auto mapping = arguments.object<Mapping>(arguments.integer(2), "mapping");
  const size_t offset = arguments.offset(arguments.number(3));
  if (part < 0) arguments.fail("no such part");
  if (!arguments.ok) return nullptr;
  std::string error;
  if (!use_panels(*matrix, static_cast<size_t>(part), std::move(mapping), offset, &error)) arguments.fail(error);
  return nullptr;
}

/// createMatrix(columns, parts, integer).
napi_value create_matrix(Arguments& arguments) {
  auto matrix = std::make_shared<Matrix>();
  matrix->columns = arguments.integer(0);
  matrix->arithmetic = arguments.integer(2) != 0 ? Arithmetic::integer : Arithmetic::exact;
  each_object(arguments, arguments[1], [&](Fields& part) {
    auto mapping = part.object<Mapping>("mapping");
    const size_t offset = arguments.offset(part.number("offset"));
    const Format format = format_named(arguments, part.text("format"));
    const int rows = part.integer("rows"), interleave = part.integer_or("interleave", 0);
    std::string error;
    if (!arguments.ok) return;
    if (!matrix->append(std::move(mapping), offset, format, rows, interleave, &error)) arguments.fail(error);
  });
  if (arguments.ok && (matrix->columns < 1 || matrix->parts.empty())) arguments.fail("a matrix needs columns and parts");
  return arguments.ok ? arguments.result(add_object(matrix)) : nullptr;
}

/// selectRows(matrix, rows).
napi_value select_rows(Arguments& arguments) {
  auto matrix = arguments.object<Matrix>(arguments.integer(0), "matrix");
  size_t count = 0;
  const auto* rows = arguments.array<int32_t>(1, &count);
  if (!arguments.ok) return nullptr;
  auto selected = std::make_shared<Matrix>();
  std::string error;
  return arguments.result(selected->select(*matrix, rows, count, &error) ? selected : nullptr, error);
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
  return arguments.result(std::move(cache), error);
}

/// copyPositions(cache, from, to): pairs [slot, position].
napi_value copy_positions(Arguments& arguments) {
  auto cache = arguments.object<KvCache>(arguments.integer(0), "cache");
  size_t length = 0, other = 0;
  const auto* from = arguments.array<int32_t>(1, &length);
  const auto* to = arguments.array<int32_t>(2, &other);
  if (!arguments.ok) return nullptr;
  std::string error = "as many places to copy to as from are needed";
  const bool paired = length == other && length % 2 == 0;
  if (!paired || !cache->copy(from, to, static_cast<int>(length / 2), &error)) arguments.fail(error);
  return nullptr;
}

/// discardPositions(cache, slot, position).
napi_value discard_positions(Arguments& arguments) {
  auto cache = arguments.object<KvCache>(arguments.integer(0), "cache");
  const int slot = arguments.integer(1), position = arguments.integer(2);
  std::string error;
  if (arguments.ok && !cache->discard(slot, position, &error)) arguments.fail(error);
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
  auto cache = arguments.object<KvCache>(arguments.integer(0), "cache");
  size_t named = 0;
  const auto* vocabulary = arguments.array<int32_t>(2, &named);
  std::vector<Instruction> list = read_instructions(arguments, arguments[1]);
  if (!arguments.ok) return nullptr;
  std::string error;
  return arguments.result(program_of(std::move(list), cache, {vocabulary, vocabulary + named}, &error), error);
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
  return arguments.copy_of(values, static_cast<size_t>(program->width()));
}

/// topLogits(program, k): [tokens, logits], each rows * k.
napi_value top_logits(Arguments& arguments) {
  auto program = arguments.object<Program>(arguments.integer(0), "program");
  const int k = arguments.integer(1);
  if (arguments.ok && (k < 1 || k > program->width())) arguments.fail("k must be in 1..vocabulary size");
  if (!arguments.ok) return nullptr;
  const size_t count = static_cast<size_t>(program->rows()) * k;
  int32_t* tokens = nullptr;
  float* values = nullptr;
  const napi_value pair = arguments.list({arguments.make_array(count, &tokens), arguments.make_array(count, &values)});
  program->top(*shared_pool(), k, tokens, values, nullptr);
  return pair;
}

/// takeTimes(program).
napi_value take_times(Arguments& arguments) {
  auto program = arguments.object<Program>(arguments.integer(0), "program");
  if (!arguments.ok) return nullptr;
  const std::vector<double> times = program->take_times();
  return arguments.copy_of(times.data(), times.size());
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
