// Programs as TensorFlow sees them: a thin wrapper through its stable C interface.
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

#include "../flush-subnormals.h"
#include "../program.h"

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

  /// The one output: `count` integers.
  int32_t* output(int64_t count) {
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, 0, TF_INT32, &count, 1, static_cast<size_t>(count) * sizeof(int32_t), status_);
    if (TF_GetCode(status_) != TF_OK) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<int32_t*>(TF_TensorData(tensor));
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
int count_of(TF_Tensor* tensor) { return static_cast<int>(TF_TensorElementCount(tensor)); }

/// The number of a node's program, which is looked up at each call: a graph may outlive it.
struct Kernel {
  int32_t program = 0;
};

void* create_program(TF_OpKernelConstruction* context) {
  auto* kernel = new Kernel();
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(context, "program", &kernel->program, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(context, status);
  TF_DeleteStatus(status);
  return kernel;
}

void destroy(void* kernel) { delete static_cast<Kernel*>(kernel); }

void compute_program(void* kernel, TF_OpKernelContext* context) {
  const int32_t id = static_cast<const Kernel*>(kernel)->program;
  Call call(context);
  const auto program = find_object<Program>(id);
  if (!program) return call.fail("no program has the number " + std::to_string(id));
  TF_Tensor* tokens = call.input(0);
  TF_Tensor* parents = call.input(1);
  TF_Tensor* sequences = call.input(2);
  TF_Tensor* scored = call.input(3);
  if (tokens == nullptr || parents == nullptr || sequences == nullptr || scored == nullptr) return call.fail();
  Step step;
  std::string error;
  if (count_of(tokens) != count_of(parents)) return call.fail("as many parents as tokens are needed");
  if (count_of(sequences) % 3 != 0) return call.fail("sequences must be of shape [count, 3]");
  if (!step.read(ints(parents), count_of(parents), ints(sequences), count_of(sequences) / 3, &error)) {
    return call.fail(error);
  }
  const int count = count_of(scored);
  int32_t* best = call.output(count);
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

}  // namespace

bool register_operators(std::string* error) {
  static bool registered = false;
  if (registered) return true;
  const char* name = "ForetokenProgram";
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  TF_OpDefinitionBuilderAddAttr(builder, "program: int");
  for (const char* input : {"tokens: int32", "parents: int32", "sequences: int32", "scored: int32"}) {
    TF_OpDefinitionBuilderAddInput(builder, input);
  }
  TF_OpDefinitionBuilderAddOutput(builder, "best: int32");
  // It reads and writes objects behind its inputs: TensorFlow must not fold, merge or drop it.
  TF_OpDefinitionBuilderSetIsStateful(builder, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, unknown_shape);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create_program, compute_program, destroy), status);
  }
  registered = TF_GetCode(status) == TF_OK;
  if (!registered) *error = std::string(name) + ": " + TF_Message(status);
  TF_DeleteStatus(status);
  return registered;
}

}  // namespace foretoken
