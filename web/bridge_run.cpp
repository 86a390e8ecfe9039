// The C functions for a model's inputs, its runs and their outputs.
#include <emscripten.h>

#include <cstring>

#include "bridge.h"
#include "json_text.h"

namespace texflow {
namespace {

/// {"name", "dtype", "shape"} without the closing brace.
std::string infoJson(const std::string& name, DType dtype, const Shape& shape) {
  return "{\"name\":" + quoted(name) + ",\"dtype\":" + quoted(dtypeName(dtype)) + ",\"shape\":" + listText(shape);
}

std::vector<std::string> splitLines(const char* text) {
  std::vector<std::string> lines;
  while (*text != '\0') {
    const char* end = std::strchr(text, '\n');
    lines.emplace_back(text, end ? static_cast<std::size_t>(end - text) : std::strlen(text));
    if (!end) break;
    text = end + 1;
  }
  return lines;
}

}  // namespace
}  // namespace texflow

using texflow::Model;

extern "C" {

EMSCRIPTEN_KEEPALIVE void texflow_clearInputs(Model* model) { model->inputs.clear(); }

/// Adds an input; the caller writes its values to the address that comes back (strings with texflow_setString). -1 = error.
EMSCRIPTEN_KEEPALIVE void* texflow_addInput(Model* model, const char* name, int dtype, const std::int32_t* dims, int rank) {
  const texflow::Shape shape = texflow::shapeOf(dims, rank);
  const auto count = texflow::checkedElementCount(shape);
  if (!count.ok() || rank > texflow::kMaxRank) {
    texflow::fail(count.ok()
                      ? texflow::Status::invalid("The shape has rank " + std::to_string(rank) + ", more than the largest, " +
                                                 std::to_string(texflow::kMaxRank) + ".")
                            .during("setting input '" + std::string(name) + "'")
                      : count.status().during("setting input '" + std::string(name) + "'"));
    return reinterpret_cast<void*>(-1);
  }
  texflow::Tensor& tensor = model->inputs[name];
  tensor = texflow::Tensor(static_cast<texflow::DType>(dtype), shape);
  return tensor.mutableData<std::byte>();
}

EMSCRIPTEN_KEEPALIVE void texflow_setString(std::string* strings, int index, const char* bytes, int length) {
  strings[index].assign(bytes, static_cast<std::size_t>(length));
}

/// Starts a run with the inputs that were added. Names are separated by line feeds. A run in progress is given up.
EMSCRIPTEN_KEEPALIVE int texflow_startRun(Model* model, const char* outputNames) {
  model->outputs.clear();
  return texflow::succeeded(model->session->start(model->inputs, texflow::splitLines(outputNames)));
}

/// Dtypes and shapes of the outputs of the run in progress; an empty list when they depend on values.
EMSCRIPTEN_KEEPALIVE const char* texflow_pendingOutputs(Model* model) {
  texflow::JsonList infos;
  for (const auto& [name, dtype, shape] : model->session->pendingOutputs())
    infos.add(texflow::infoJson(name, dtype, shape) + "}");
  return texflow::returnText(infos.text());
}

/// Goes on with the run: 1 done, 0 it waits for the GPU, -1 error. With `wait` it goes to the end.
EMSCRIPTEN_KEEPALIVE int texflow_advanceRun(Model* model, int wait) {
  const auto done = model->session->advance(wait != 0);
  if (done.ok()) return *done ? 1 : 0;
  texflow::fail(done.status());
  return -1;
}

/// Takes the outputs of a run that is done and gives their number; -1 = error.
EMSCRIPTEN_KEEPALIVE int texflow_takeOutputs(Model* model) {
  texflow::Status status = model->session->take(model->outputs);
  // Calls into a lost context do nothing and give zeros: the values only count if it is still there.
  if (status.ok()) status = texflow::context->makeCurrent();
  if (!status.ok()) {
    texflow::fail(status);
    return -1;
  }
  return static_cast<int>(model->outputs.size());
}

EMSCRIPTEN_KEEPALIVE const char* texflow_outputInfo(Model* model, int index) {
  const texflow::NamedTensor& output = model->outputs[static_cast<std::size_t>(index)];
  std::string info = texflow::infoJson(output.name, output.value.dtype(), output.value.shape());
  if (output.value.dtype() == texflow::DType::kString) {
    const auto* values = output.value.data<std::string>();
    texflow::JsonList strings;
    for (std::int64_t i = 0; i < output.value.size(); ++i) strings.add(texflow::quoted(values[i]));
    info += ",\"strings\":" + strings.text();
  }
  return texflow::returnText(info + "}");
}

EMSCRIPTEN_KEEPALIVE const void* texflow_outputData(Model* model, int index) {
  return model->outputs[static_cast<std::size_t>(index)].value.data<std::byte>();
}

EMSCRIPTEN_KEEPALIVE int texflow_outputBytes(Model* model, int index) {
  return static_cast<int>(model->outputs[static_cast<std::size_t>(index)].value.bytes());
}

}  // extern "C"
