// One small TensorFlow graph with the outputs that TensorFlow computes for it.
#pragma once
#include <string>

#include "conformance/vector_case.h"

namespace texflow {
class Context;
}

namespace texflow::conformance {

/// What became of a case.
struct OpResult {
  std::string op;       ///< The op under test, for the tally.
  std::string name;     ///< The case.
  std::string problem;  ///< Empty when it passed.
  std::string skip;     ///< Why it was not run; empty when it was.
};

/// Runs one line of the file: on the host when `context` is null.
OpResult runOpCase(const Json& json, Context* context);

}  // namespace texflow::conformance
