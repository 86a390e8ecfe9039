#include "verify.h"

#include "compare.h"
#include "model.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

/// Sizes for inputs that leave them open: two examples, images of 64 by 64.
void closeShapes(Graph& graph) {
  for (Endpoint& input : graph.inputs)
    for (std::size_t d = 0; d < input.shape.size(); ++d)
      if (input.shape[d] < 0) input.shape[d] = d == 0 ? 2 : 64;
}

Result<std::vector<NamedTensor>> runOn(Graph graph, const Tensors& inputs) {
  ModelOptions options;
  TEXFLOW_ASSIGN(OpenModel open, openModel(options, std::move(graph), Backend::kHost));
  return open.session->run(inputs);
}

/// The tensors of `all` for the inputs that `graph` has.
Tensors inputsOf(const Graph& graph, const Tensors& all) {
  Tensors some;
  for (const Endpoint& input : graph.inputs)
    if (const auto found = all.find(input.name); found != all.end()) some.insert(*found);
  return some;
}

}  // namespace

Result<std::vector<OutputError>> verifyConversion(const std::string& input, const std::string& output,
                                                  const ConvertOptions& options, double tolerance) {
  TEXFLOW_ASSIGN(SourceModel source, readModel(input, options));
  TEXFLOW_ASSIGN(SourceModel written, readModel(output, {}));
  Graph open = source.graph;
  closeShapes(open);
  Tensors inputs;
  TEXFLOW_TRY(addRandomInputs({}, open, inputs));
  const Tensors ofWritten = inputsOf(written.graph, inputs);
  TEXFLOW_ASSIGN(const auto expected, runOn(std::move(source.graph), inputs));
  TEXFLOW_ASSIGN(const auto got, runOn(std::move(written.graph), ofWritten));
  std::vector<OutputError> errors;
  for (const NamedTensor& reference : expected) {
    OutputError error{reference.name, 0, 0, false, "the converted model has no such output"};
    for (const NamedTensor& value : got) {
      if (value.name != reference.name) continue;
      const Difference difference = compare(value.value, reference.value);
      error.absolute = difference.absolute;
      error.relative = difference.relative;
      error.mismatch = difference.mismatch;
      error.ok = difference.within(tolerance);
    }
    errors.push_back(std::move(error));
  }
  return errors;
}

}  // namespace texflow::cli
