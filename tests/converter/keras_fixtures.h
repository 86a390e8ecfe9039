// The case folders of ../shared/fixtures that are Keras models.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "json.h"
#include "npy.h"
#include "texflow/graph.h"

namespace texflow::testing {

inline std::filesystem::path fixtureFolder() {
  return std::filesystem::path(TEXFLOW_SOURCE_DIR).parent_path() / "shared" / "fixtures";
}

inline std::string readWholeFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct KerasCase {
  std::string name, format;
  std::filesystem::path folder, model;
  Json json;
};

/// All cases of these formats, those that a reader must refuse left out.
inline std::vector<KerasCase> kerasCases() {
  std::vector<KerasCase> cases;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(fixtureFolder(), error)) {
    if (!std::filesystem::exists(entry.path() / "case.json")) continue;
    auto json = parseJson(readWholeFile(entry.path() / "case.json"), "case.json");
    if (!json.ok()) continue;
    const std::string format(textOf(member(*json, "format")));
    if (format != "keras_h5" && format != "keras_v3" && format != "tfjs_layers") continue;
    if (!member(*json, "convert") || (*json)["convert"].empty() || !member(*json, "inputs")) continue;
    cases.push_back({entry.path().filename().string(), format, entry.path(),
                     entry.path() / std::string(textOf(member(*json, "model"))), *json});
  }
  std::sort(cases.begin(), cases.end(), [](const KerasCase& a, const KerasCase& b) { return a.name < b.name; });
  return cases;
}

struct KerasSet {
  std::map<std::string, Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<std::string> outputNames;
};

/// The values of "inputs"/"outputs" with this ending ("", "_1", ...); empty where there is no such set. Keras 3 calls single
/// inputs otherwise than their layers: inputs go to the graph's by name, else by position.
inline KerasSet kerasSet(const KerasCase& test, const std::string& ending, const std::vector<Endpoint>& endpoints) {
  KerasSet set;
  const Json *inputs = member(test.json, ("inputs" + ending).c_str()),
             *outputs = member(test.json, ("outputs" + ending).c_str());
  if (!inputs || !outputs) return set;
  const auto load = [&](const Json& item) {
    const std::filesystem::path path = test.folder / std::string(textOf(member(item, "file")));
    auto tensor = cli::parseNpy(readWholeFile(path), path.string());
    EXPECT_TRUE(tensor.ok()) << tensor.status().message();
    return tensor.ok() ? *tensor : Tensor();
  };
  for (std::size_t i = 0; i < inputs->size(); ++i) {
    std::string name(textOf(member((*inputs)[i], "name")));
    bool known = false;
    for (const Endpoint& endpoint : endpoints) known = known || endpoint.name == name;
    if (!known && i < endpoints.size()) name = endpoints[i].name;
    set.inputs.emplace(name, load((*inputs)[i]));
  }
  for (const Json& item : *outputs) {
    set.outputs.push_back(load(item));
    set.outputNames.emplace_back(textOf(member(item, "name")));
  }
  return set;
}

/// Empty when `got` is within the case's tolerance of `want`, else what differs.
inline std::string difference(const KerasCase& test, const Tensor& got, const Tensor& want) {
  if (got.shape() != want.shape()) return "shape " + shapeText(got.shape()) + " for " + shapeText(want.shape());
  const Json* tolerance = member(test.json, "tolerance");
  const double rtol = tolerance && member(*tolerance, "rtol") ? (*tolerance)["rtol"].get<double>() : 0;
  const double atol = tolerance && member(*tolerance, "atol") ? (*tolerance)["atol"].get<double>() : 0;
  double worst = 0;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(got.number(i) - want.number(i));
    if (!(error <= atol + rtol * std::abs(want.number(i)))) worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  }
  return worst > 0 ? "values differ by " + std::to_string(worst) : "";
}

}  // namespace texflow::testing
