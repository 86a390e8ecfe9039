// One recorded TensorFlow.js kernel call and how it becomes a node of this engine.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "texflow/graph.h"

namespace texflow::conformance {

using Json = nlohmann::ordered_json;

/// One line of the vectors: kernel, attributes and tensors as TensorFlow.js recorded them.
struct VectorCase {
  int line = 0;
  std::string kernel, spec;
  std::string op;  ///< TensorFlow's op when the case names one; its attributes and inputs are then the op's own.
  std::vector<std::string> constants;  ///< Inputs of such an op that are constants of the graph.
  Json attrs;
  std::vector<std::pair<std::string, std::vector<Tensor>>> inputs;  ///< A list input has several tensors, null has none.
  std::vector<Tensor> outputs;

  /// The first tensor of that input or null.
  const Tensor* input(std::string_view name) const;
  const std::vector<Tensor>* inputList(std::string_view name) const;
};

/// Reads one line of the file.
Result<VectorCase> parseCase(const std::string& line, int lineNumber);

/// A node with its inputs, ready for runOnHost or a graph of one op.
struct MappedCase {
  Node node;
  std::vector<Tensor> inputs;
  std::vector<bool> constant;  ///< Inputs that are attributes in TensorFlow.js and constants in a TensorFlow graph.
  bool dropsBatch = false;     ///< The kernel's tensors have a leading 1 that TensorFlow's op lacks.
  std::string problem;         ///< Why there is no such node; empty when there is one.

  /// A further node: takes the first output of the one before and its own constants.
  struct Step {
    Node node;
    std::vector<Tensor> constants;
  };
  std::vector<Step> then;

  void follow(std::string op, std::vector<Tensor> constants) {
    Step step{{}, std::move(constants)};
    step.node.name = "then" + std::to_string(then.size() + 1);
    step.node.op = std::move(op);
    then.push_back(std::move(step));
  }
  void add(Tensor tensor, bool isConstant) {
    inputs.push_back(std::move(tensor));
    constant.push_back(isConstant);
  }
};

/// Translates kernel and attributes. Where TensorFlow.js answers otherwise than TensorFlow's op, which this engine follows,
/// further nodes or changed inputs make up for it.
MappedCase mapCase(const VectorCase& vector);

/// {"shape": [...], "dtype": "...", "data": [...]} as the files of cases hold tensors.
Result<Tensor> readTensor(const Json& json);
/// A JSON number or array of them as int32 tensor (scalar or vector).
Tensor intTensor(const Json& value);
/// A scalar of that dtype.
Tensor scalarOf(DType dtype, const Json& value);
/// A number, or "NaN", "Infinity", "-Infinity".
double jsonNumber(const Json& value);

}  // namespace texflow::conformance
