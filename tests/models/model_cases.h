// Real models with inputs and outputs as TensorFlow.js computes them: reads the case list, makes inputs, compares outputs.
// check.py beside the case list is the executable specification of the same rules.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "texflow/tensor.h"

namespace texflow::models {

struct CaseInput {
  std::string name, rule, layout;
  DType dtype = DType::kFloat32;
  Shape shape;
  double lo = 0, hi = 1;
  std::uint32_t seed = 1;
};

struct CaseOutput {
  std::string name, node;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::vector<float> values;  ///< All of them, or those at sampleIndices.
  bool sampled = false;
  double tolerance = 0;
};

struct ModelCase {
  std::string id, model, path;  ///< path: model.json below the folder of fetched models.
  std::vector<CaseInput> inputs;
  std::vector<CaseOutput> outputs;
};

/// The graph-model cases of FOLDER/cases.json with the expected values of FOLDER/values.bin, grouped by model.
Result<std::vector<ModelCase>> readCases(const std::string& folder);

/// The input tensor that the rule and the seed describe.
Tensor makeInput(const CaseInput& input);

struct Comparison {
  double relative = 0;  ///< |got - want| / |want|, Euclidean norms over the stored values.
  double largest = 0;   ///< Largest absolute difference.
  std::string problem;  ///< Empty when the output passes.
};
Comparison compare(const CaseOutput& want, const Tensor& got);

}  // namespace texflow::models
