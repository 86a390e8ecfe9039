#include "conformance/op_case.h"

#include <cmath>
#include <set>
#include <sstream>

#include "../../loader/json.h"
#include "tensorflow/graph_def.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow::conformance {
namespace {

DType dtypeOf(const std::string& name) {
  if (name == "bool") return DType::kBool;
  if (name == "string") return DType::kString;
  if (name.starts_with("complex")) return DType::kComplex64;
  if (name.starts_with("int") || name.starts_with("uint")) return DType::kInt32;
  return DType::kFloat32;
}

/// The tensor of a case; `narrow` is set when a value does not fit this engine's type for it.
Tensor tensorOf(const Json& json, bool& narrow) {
  const DType dtype = dtypeOf(json.at("dtype").get<std::string>());
  Tensor tensor(dtype, json.at("shape").get<Shape>());
  const Json& data = json.at("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Json& value = data[i];
    switch (dtype) {
      case DType::kFloat32:
      case DType::kComplex64: tensor.mutableData<float>()[i] = static_cast<float>(jsonNumber(value)); break;
      case DType::kBool: tensor.mutableData<std::uint8_t>()[i] = jsonNumber(value) != 0; break;
      case DType::kString: tensor.mutableData<std::string>()[i] = decodeBase64(value.get<std::string>()).value_or(""); break;
      case DType::kInt32: {
        const auto wide = value.get<std::int64_t>();
        narrow = narrow || wide != static_cast<std::int32_t>(wide);
        tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(wide);
      }
    }
  }
  return tensor;
}

std::string difference(const Tensor& got, const Tensor& want, double rtol, double atol) {
  if (got.dtype() != want.dtype())
    return "dtype " + std::string(dtypeName(got.dtype())) + ", expected " + std::string(dtypeName(want.dtype()));
  if (got.shape() != want.shape()) return "shape " + shapeText(got.shape()) + ", expected " + shapeText(want.shape());
  const bool isComplex = got.dtype() == DType::kComplex64;
  for (std::int64_t i = 0; i < got.size() * (isComplex ? 2 : 1); ++i) {
    if (got.dtype() == DType::kString) {
      if (got.data<std::string>()[i] != want.data<std::string>()[i])
        return "element " + std::to_string(i) + " is '" + got.data<std::string>()[i] + "', expected '" +
               want.data<std::string>()[i] + "'";
      continue;
    }
    const double a = isComplex ? got.data<float>()[i] : got.number(i),
                 b = isComplex ? want.data<float>()[i] : want.number(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const bool real = got.dtype() == DType::kFloat32 || isComplex;
    if (real && std::abs(a - b) <= atol + rtol * std::abs(b)) continue;
    std::ostringstream text;
    text.precision(9);
    text << "element " << i << " is " << a << ", expected " << b;
    return text.str();
  }
  return {};
}

bool hasTag(const Json& json, std::string_view tag) {
  for (const Json& item : json.at("tags"))
    if (item == tag) return true;
  return false;
}

std::string nodeName(const std::string& tensorName) { return tensorName.substr(0, tensorName.find(':')); }

/// Runs the graph; the outputs in the order of `fetches`.
Result<std::vector<Tensor>> evaluate(const Json& json, const std::vector<std::string>& fetches, Context* context,
                                     bool& narrow) {
  const auto bytes = decodeBase64(json.at("graph_def").get<std::string>());
  if (!bytes) return Status::invalid("The graph is not base64.");
  tf::FlattenOptions options;
  options.stripDebugOps = false;
  std::vector<std::string> fed;
  for (const Json& input : json.at("inputs")) fed.push_back(nodeName(input.at("name").get<std::string>()));
  TEXFLOW_ASSIGN(Graph graph, tf::readGraphDef(*bytes, "The graph", fetches, options, fed));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const Port& port : graph.nodes[i].inputs)
      if (port.node >= static_cast<int>(i)) return Status::unsupported("The graph has a loop; loops are not supported.");
  TEXFLOW_ASSIGN(auto session, Session::create(std::move(graph), context, context ? Backend::kGl : Backend::kHost));
  std::map<std::string, Tensor> feeds;
  for (const Json& input : json.at("inputs")) {
    feeds.emplace(nodeName(input.at("name").get<std::string>()), tensorOf(input, narrow));
  }
  TEXFLOW_ASSIGN(auto named, session->run(feeds, fetches));
  std::vector<Tensor> values;
  for (NamedTensor& output : named) values.push_back(std::move(output.value));
  return values;
}

/// Dtypes that this engine computes in another one, where that may be seen.
std::string narrowed(const Json& json, bool narrow) {
  if (narrow) return "an integer does not fit int32";
  for (const char* tag : {"float64", "float16", "uint8", "int64"})
    if (hasTag(json, tag)) return std::string("computed in another type than ") + tag;
  for (const Json& output : json.at("outputs"))
    if (output.at("dtype") == "int8" || output.at("dtype") == "int16") return "computed in another type than int8";
  return {};
}

bool expectsNan(const Json& json) {
  for (const Json& output : json.at("outputs"))
    for (const Json& value : output.at("data"))
      if (value == "NaN") return true;
  return false;
}

/// Where the engine differs on purpose.
std::string intended(const Json& json, const std::string& problem, bool onGl) {
  const std::string name = json.at("name").get<std::string>(), op = json.at("op").get<std::string>();
  if (problem.find("loops are not supported") != std::string::npos) return "control flow";
  if (hasTag(json, "error_at_import")) return "what TensorFlow refuses at import and the op's kernel does not see";
  if (op == "CheckNumerics" || op == "Assert") return "debug ops check nothing";
  if (onGl && expectsNan(json)) return "GLSL leaves NaN open";
  if (onGl && json.contains("error")) return "a GPU clamps indices that are out of range";
  if (name == "Round/int32") return "TensorFlow rounds integers to zero";
  return {};
}

}  // namespace

OpResult runOpCase(const Json& json, Context* context) {
  OpResult result;
  result.op = json.at("op").get<std::string>();
  result.name = json.at("name").get<std::string>();
  bool narrow = false;
  std::vector<Tensor> wanted;
  std::vector<std::string> fetches;
  for (const Json& output : json.at("outputs")) {
    fetches.push_back(output.at("name").get<std::string>());
    wanted.push_back(tensorOf(output, narrow));
  }
  const bool expectError = json.contains("error");
  if (expectError) fetches = json.value("fetch", std::vector<std::string>{});
  auto outputs = evaluate(json, fetches, context, narrow);
  if (!outputs.ok() && outputs.status().message().starts_with("The model needs ops")) {
    const std::string& message = outputs.status().message();
    result.skip = "this engine lacks";
    // "A (2, first at node 'x'), B (1, ..).": the names.
    for (std::size_t at = message.find(':') + 1; at < message.size(); at = message.find("), ", at) + 2) {
      result.skip += message.substr(at, message.find(" (", at) - at);
      if (message.find("), ", at) == std::string::npos) break;
    }
    return result;
  }
  if (expectError) {
    if (outputs.ok()) result.problem = "no error, though " + json["error"].get<std::string>();
    if (outputs.ok()) result.skip = intended(json, result.problem, context != nullptr);
    if (!result.skip.empty()) result.problem.clear();
    return result;
  }
  if (!outputs.ok()) result.problem = outputs.status().message();
  for (std::size_t i = 0; outputs.ok() && i < wanted.size() && result.problem.empty(); ++i) {
    result.problem = difference((*outputs)[i], wanted[i], json.value("rtol", 0.0), json.value("atol", 0.0));
    if (!result.problem.empty()) result.problem = fetches[i] + ": " + result.problem;
  }
  if (result.problem.empty()) return result;
  result.skip = narrowed(json, narrow);
  if (result.skip.empty()) result.skip = intended(json, result.problem, context != nullptr);
  if (result.op.find("Random") != std::string::npos && outputs.ok()) result.skip = "random numbers";
  if (!result.skip.empty()) result.problem.clear();
  return result;
}

}  // namespace texflow::conformance
