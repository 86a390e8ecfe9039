// What the files of the bridge share.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gl/context.h"
#include "texflow/loader.h"
#include "texflow/session.h"

namespace texflow {

/// What a page calls a model: while it loads, and with its session afterwards.
struct Model {
  ModelLoader loader;
  SessionOptions options;
  std::unique_ptr<Session> session;
  std::vector<InputShapes> shapes;  ///< What the next prepare is for.
  std::vector<PrepareEvent> events;
  std::map<std::string, Tensor> inputs;
  std::vector<NamedTensor> outputs;
};

/// The context of all models; made by texflow_start().
extern std::unique_ptr<Context> context;

/// Keeps the sentence for texflow_lastError(); false.
bool fail(const Status& status);
bool succeeded(const Status& status);

/// A text that stays valid until the next one is returned.
const char* returnText(std::string text);

inline Shape shapeOf(const std::int32_t* dims, int rank) { return Shape(dims, dims + rank); }

}  // namespace texflow
