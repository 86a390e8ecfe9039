#include "models/model_cases.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace texflow::models {
namespace {

using Json = nlohmann::json;
constexpr int kSamples = 4096;

class Xorshift {
 public:
  explicit Xorshift(std::uint32_t seed) : state_(seed) {
    for (int i = 0; i < 16; ++i) next();
  }
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;
};

DType dtypeOf(const std::string& name) { return name == "int32" ? DType::kInt32 : DType::kFloat32; }

std::string modelPath(const Json& model) {
  const std::string path = model.at("path"), package = model.at("package");
  if (model.value("packed", false)) return "extracted/nsfwjs/" + path.substr(path.rfind('/') + 1) + "/model.json";
  return "node_modules/" + package + "/" + path;
}

Result<std::string> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status::invalid("The file '" + path + "' cannot be opened.");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

ModelCase readCase(const Json& json, const std::string& path, const std::string& values) {
  ModelCase result{json.at("id"), json.at("model"), path, {}, {}};
  for (const Json& item : json.at("inputs")) {
    CaseInput input;
    input.name = item.at("name");
    input.rule = item.at("rule");
    input.layout = item.value("layout", "");
    input.dtype = dtypeOf(item.at("dtype"));
    input.shape = item.at("shape").get<Shape>();
    input.lo = item.at("lo");
    input.hi = item.at("hi");
    input.seed = item.at("seed");
    result.inputs.push_back(std::move(input));
  }
  for (const Json& item : json.at("outputs")) {
    CaseOutput output;
    output.name = item.at("name");
    output.node = item.value("node", "");
    output.dtype = dtypeOf(item.at("dtype"));
    output.shape = item.at("shape").get<Shape>();
    const Json& place = item.at("values");
    const std::size_t offset = place.at("offset"), count = place.at("count");
    output.sampled = place.at("sampled");
    output.tolerance = item.value("tol", 0.0);  // None for integers, which must be equal.
    if (offset + count * sizeof(float) <= values.size()) {
      output.values.resize(count);
      std::memcpy(output.values.data(), values.data() + offset, count * sizeof(float));
    }
    result.outputs.push_back(std::move(output));
  }
  return result;
}

}  // namespace

Result<std::vector<ModelCase>> readCases(const std::string& folder) {
  TEXFLOW_ASSIGN(const std::string text, readFile(folder + "/cases.json"));
  TEXFLOW_ASSIGN(const std::string values, readFile(folder + "/values.bin"));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Status::invalid("The file '" + folder + "/cases.json' is not JSON.");
  std::vector<ModelCase> cases;
  for (const Json& model : json.at("models")) {
    if (model.contains("customLayers")) continue;  // Their code is in the package, not in the model.
    for (const Json& item : json.at("cases")) {
      if (item.at("model") == model.at("id")) cases.push_back(readCase(item, modelPath(model), values));
    }
  }
  return cases;
}

Tensor makeInput(const CaseInput& input) {
  Tensor tensor(input.dtype, input.shape);
  const bool integer = input.dtype == DType::kInt32, timeSteps = input.layout == "NTC";
  const std::size_t rank = input.shape.size();
  const double range = input.hi - input.lo;
  Xorshift random(input.seed);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const std::uint32_t draw = random.next();
    const double fraction = double(draw >> 8) / 16777216;
    double value = integer ? input.lo + double(draw % std::uint32_t(range + 1)) : input.lo + range * fraction;
    if (input.rule == "smooth") {
      const std::int64_t channels = input.shape[rank - 1], width = input.shape[rank - 2];
      const double c = double(i % channels), x = double(i / channels % width);
      const double y = timeSteps ? 0 : double(i / channels / width % input.shape[rank - 3]);
      // Separate roundings: a fused multiply-add would change the input.
      const volatile double ax = 0.031 * (c + 1) * x, by = 0.047 * (3 - c) * y, phase = 0.7 * c;
      const double v = 0.5 + 0.25 * std::sin((ax + by) + phase) + 0.25 * (2 * fraction - 1);
      value = integer ? input.lo + std::floor(range * v + 0.5) : input.lo + range * v;
    }
    if (integer) tensor.mutableData<std::int32_t>()[i] = std::int32_t(value);
    if (!integer) tensor.mutableData<float>()[i] = float(value);
  }
  return tensor;
}

Comparison compare(const CaseOutput& want, const Tensor& got) {
  Comparison result;
  if (got.shape() != want.shape) {
    result.problem = "shape " + shapeText(got.shape()) + ", expected " + shapeText(want.shape);
    return result;
  }
  if (want.values.size() != (want.sampled ? std::size_t(kSamples) : std::size_t(got.size()))) {
    result.problem = "the expected values are not in values.bin";
    return result;
  }
  Xorshift random(7);
  double differences = 0, norm = 0;
  for (std::size_t i = 0; i < want.values.size(); ++i) {
    const double w = want.values[i], g = got.number(want.sampled ? random.next() % got.size() : std::int64_t(i));
    if (std::isfinite(w)) norm += w * w;
    if (g == w || (std::isnan(g) && std::isnan(w))) continue;
    differences += (g - w) * (g - w);
    result.largest = std::fmax(result.largest, std::abs(g - w));
  }
  differences = std::sqrt(differences);
  norm = std::sqrt(norm);
  result.relative = differences == 0 ? 0 : norm == 0 ? INFINITY : differences / norm;
  const bool isFloat = want.dtype == DType::kFloat32;
  const double limit = isFloat ? want.tolerance * norm + 1e-8 * std::sqrt(double(want.values.size())) : 0;
  if (!(differences <= limit)) result.problem = isFloat ? "relL2 above its limit" : "differs";  // also for NaN
  return result;
}

}  // namespace texflow::models
