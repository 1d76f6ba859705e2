// The operators as TensorFlow sees them: thin wrappers through its stable C interface.
#include "tensorflow-operators.h"

// Leaves out an interface between devices whose header lies outside TensorFlow's C headers.
#define IS_SLIM_BUILD
#include <tensorflow/c/kernels.h>
#include <tensorflow/c/ops.h>
#include <tensorflow/c/tf_datatype.h>
#include <tensorflow/c/tf_status.h>
#include <tensorflow/c/tf_tensor.h>

#include <exception>
#include <memory>
#include <vector>

#include "flush-subnormals.h"
#include "program.h"

namespace foretoken {
namespace {

/// A status that is freed, and the tensors of one call that are.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    if (TF_GetCode(status_) != TF_OK) return nullptr;
    tensors_.push_back(tensor);
    return tensor;
  }

  int inputs() const { return TF_NumInputs(context_); }

  float* output(const std::vector<int64_t>& shape, TF_DataType type) {
    size_t bytes = TF_DataTypeSize(type);
    for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, 0, type, shape.data(), static_cast<int>(shape.size()), bytes, status_);
    if (TF_GetCode(status_) != TF_OK) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

  void fail(const std::string& message) {
    TF_SetStatus(status_, TF_INVALID_ARGUMENT, message.c_str());
    TF_OpKernelContext_Failure(context_, status_);
  }

  /// Reports what a failed `input` or `output` left in the status.
  void fail() { TF_OpKernelContext_Failure(context_, status_); }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

const int32_t* ints(TF_Tensor* tensor) { return static_cast<const int32_t*>(TF_TensorData(tensor)); }
const float* floats(TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }
int count_of(TF_Tensor* tensor) { return static_cast<int>(TF_TensorElementCount(tensor)); }

/// The attributes of an operator's node. Objects are looked up at each call: a graph may outlive them.
struct Attributes {
  int32_t weight = 0, norm = 0, bias = 0, cache = 0, layer = 0, query_norm = 0, key_norm = 0, program = 0;
  bool gated = false;
};

class AttributeReader {
 public:
  explicit AttributeReader(TF_OpKernelConstruction* context) : context_(context), status_(TF_NewStatus()) {}
  ~AttributeReader() { TF_DeleteStatus(status_); }
  void read(const char* name, int32_t* value) {
    if (ok()) TF_OpKernelConstruction_GetAttrInt32(context_, name, value, status_);
  }
  void read(const char* name, bool* value) {
    unsigned char flag = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrBool(context_, name, &flag, status_);
    *value = flag != 0;
  }
  void finish() {
    if (!ok()) TF_OpKernelConstruction_Failure(context_, status_);
  }

 private:
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  TF_OpKernelConstruction* context_;
  TF_Status* status_;
};

void* create_linear(TF_OpKernelConstruction* context) {
  auto* attributes = new Attributes();
  AttributeReader reader(context);
  reader.read("weight", &attributes->weight);
  reader.read("norm", &attributes->norm);
  reader.read("bias", &attributes->bias);
  reader.read("gated", &attributes->gated);
  reader.finish();
  return attributes;
}

void* create_attention(TF_OpKernelConstruction* context) {
  auto* attributes = new Attributes();
  AttributeReader reader(context);
  reader.read("cache", &attributes->cache);
  reader.read("layer", &attributes->layer);
  reader.read("query_norm", &attributes->query_norm);
  reader.read("key_norm", &attributes->key_norm);
  reader.finish();
  return attributes;
}

void* create_program(TF_OpKernelConstruction* context) {
  auto* attributes = new Attributes();
  AttributeReader reader(context);
  reader.read("program", &attributes->program);
  reader.finish();
  return attributes;
}

void destroy(void* kernel) { delete static_cast<Attributes*>(kernel); }

/// An optional vector of a given size; false when there is one and it does not fit.
bool vector_of(int32_t id, int size, std::shared_ptr<Vector>* vector) {
  if (id == 0) return true;
  *vector = find_object<Vector>(id);
  return *vector && static_cast<int>((*vector)->values.size()) == size;
}

void compute_linear(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<const Attributes*>(kernel);
  Call call(context);
  const auto weight = find_object<Matrix>(attributes.weight);
  if (!weight) return call.fail("no matrix has the number " + std::to_string(attributes.weight));
  TF_Tensor* input = call.input(0);
  if (input == nullptr) return call.fail();
  if (TF_NumDims(input) != 2 || TF_Dim(input, 1) != weight->columns) {
    return call.fail("the input is not of shape [n, " + std::to_string(weight->columns) + "]");
  }
  std::shared_ptr<Vector> norm, bias;
  LinearOptions options;
  options.weight = weight.get();
  options.gated = attributes.gated;
  if (!vector_of(attributes.norm, weight->columns, &norm) || !vector_of(attributes.bias, weight->rows, &bias)) {
    return call.fail("norm or bias is not a vector of the weight's size");
  }
  if (options.gated && (bias || weight->rows % 2 != 0)) return call.fail("a gated product needs pairs of rows, no bias");
  options.norm = norm.get();
  options.bias = bias ? bias->values.data() : nullptr;
  const int64_t rows = TF_Dim(input, 0);
  const int64_t width = linear_width(options);
  if (call.inputs() > 2) return call.fail("one residual at most");
  if (call.inputs() > 1) {
    TF_Tensor* residual = call.input(1);
    if (residual == nullptr) return call.fail();
    if (TF_NumDims(residual) != 2 || TF_Dim(residual, 0) != rows || TF_Dim(residual, 1) != width) {
      return call.fail("the residual is not of the result's shape");
    }
    options.residual = floats(residual);
  }
  float* output = call.output({rows, width}, TF_FLOAT);
  if (output == nullptr) return rows == 0 ? void() : call.fail();
  const FlushSubnormals flush;
  linear(*shared_pool(), floats(input), static_cast<int>(rows), options, output);
}

/// Reads `parents` and `sequences` of a pass from two inputs.
bool read_step(TF_Tensor* parents, TF_Tensor* sequences, Step* step, std::string* error) {
  if (count_of(sequences) % 3 != 0) {
    *error = "sequences must be of shape [count, 3]";
    return false;
  }
  return step->read(ints(parents), count_of(parents), ints(sequences), count_of(sequences) / 3, error);
}

void compute_attention(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<const Attributes*>(kernel);
  Call call(context);
  const auto cache = find_object<Cache>(attributes.cache);
  if (!cache) return call.fail("no cache has the number " + std::to_string(attributes.cache));
  const CacheShape& shape = cache->shape();
  if (attributes.layer < 0 || attributes.layer >= shape.layers) return call.fail("the cache has no such layer");
  TF_Tensor* input = call.input(0);
  TF_Tensor* parents = call.input(1);
  TF_Tensor* sequences = call.input(2);
  if (input == nullptr || parents == nullptr || sequences == nullptr) return call.fail();
  Step step;
  std::string error;
  if (!read_step(parents, sequences, &step, &error) || !fits(step, *cache, &error)) return call.fail(error);
  const int64_t packed = (shape.heads + 2 * shape.kv_heads) * shape.head_size;
  if (TF_NumDims(input) != 2 || TF_Dim(input, 0) != step.tokens || TF_Dim(input, 1) != packed) {
    return call.fail("the input is not of shape [" + std::to_string(step.tokens) + ", " + std::to_string(packed) + "]");
  }
  std::shared_ptr<Vector> query_norm, key_norm;
  if (!vector_of(attributes.query_norm, shape.head_size, &query_norm) ||
      !vector_of(attributes.key_norm, shape.head_size, &key_norm)) {
    return call.fail("a head norm is not a vector of the head's size");
  }
  float* output = call.output({step.tokens, static_cast<int64_t>(shape.heads) * shape.head_size}, TF_FLOAT);
  if (output == nullptr) return step.tokens == 0 ? void() : call.fail();
  AttentionOptions options;
  options.layer = attributes.layer;
  options.query_norm = query_norm.get();
  options.key_norm = key_norm.get();
  const FlushSubnormals flush;
  attention(*shared_pool(), step, *cache, options, floats(input), output);
}

void compute_program(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<const Attributes*>(kernel);
  Call call(context);
  const auto program = find_object<Program>(attributes.program);
  if (!program) return call.fail("no program has the number " + std::to_string(attributes.program));
  TF_Tensor* tokens = call.input(0);
  TF_Tensor* parents = call.input(1);
  TF_Tensor* sequences = call.input(2);
  TF_Tensor* scored = call.input(3);
  if (tokens == nullptr || parents == nullptr || sequences == nullptr || scored == nullptr) return call.fail();
  Step step;
  std::string error;
  if (count_of(tokens) != count_of(parents)) return call.fail("as many parents as tokens are needed");
  if (!read_step(parents, sequences, &step, &error)) return call.fail(error);
  const int count = count_of(scored);
  auto* best = reinterpret_cast<int32_t*>(call.output({count}, TF_INT32));
  if (best == nullptr && count > 0) return call.fail();
  // Nothing may leave a function that TensorFlow calls.
  try {
    if (!program->run(*shared_pool(), ints(tokens), step, ints(scored), count, best, &error)) call.fail(error);
  } catch (const std::exception& thrown) {
    call.fail(thrown.what());
  }
}

void unknown_shape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

struct Definition {
  const char* name;
  std::vector<const char*> inputs;
  const char* output;
  std::vector<const char*> attributes;
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
};

bool register_one(const Definition& definition, std::string* error) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  TF_OpDefinitionBuilderAddOutput(builder, definition.output);
  // They read and write objects behind their inputs: TensorFlow must not fold, merge or drop them.
  TF_OpDefinitionBuilderSetIsStateful(builder, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, unknown_shape);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder* kernel =
        TF_NewKernelBuilder(definition.name, "CPU", definition.create, definition.compute, destroy);
    TF_RegisterKernelBuilder(definition.name, kernel, status);
  }
  const bool ok = TF_GetCode(status) == TF_OK;
  if (!ok) *error = std::string(definition.name) + ": " + TF_Message(status);
  TF_DeleteStatus(status);
  return ok;
}

}  // namespace

bool register_operators(std::string* error) {
  static bool registered = false;
  if (registered) return true;
  const Definition definitions[] = {
      {"ForetokenLinear",
       {"input: float", "residual: residuals * float"},
       "output: float",
       {"residuals: int >= 0 = 0", "weight: int", "norm: int = 0", "bias: int = 0", "gated: bool = false"},
       create_linear,
       compute_linear},
      {"ForetokenAttention",
       {"input: float", "parents: int32", "sequences: int32"},
       "output: float",
       {"cache: int", "layer: int", "query_norm: int = 0", "key_norm: int = 0"},
       create_attention,
       compute_attention},
      {"ForetokenProgram",
       {"tokens: int32", "parents: int32", "sequences: int32", "scored: int32"},
       "best: int32",
       {"program: int"},
       create_program,
       compute_program},
  };
  for (const Definition& definition : definitions) {
    if (!register_one(definition, error)) return false;
  }
  registered = true;
  return true;
}

}  // namespace foretoken
