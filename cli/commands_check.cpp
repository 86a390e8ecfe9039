#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.h"
#include "compare.h"
#include "model.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

struct CheckOptions : ModelOptions {
  double tolerance = 1e-3;
  std::string json;
};

/// Every value that a node computes and that something reads, in topological order.
std::vector<Port> computedPorts(const Graph& graph) {
  std::set<Port> ports;
  std::set<int> consumed;
  for (const Node& node : graph.nodes) {
    for (const Port& port : node.inputs) {
      ports.insert(port);
      consumed.insert(port.node);
    }
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!consumed.contains(static_cast<int>(i))) ports.insert({static_cast<int>(i), 0});
  for (const Endpoint& output : graph.outputs) ports.insert(output.port);
  for (const Endpoint& input : graph.inputs) ports.erase(input.port);
  std::vector<Port> computed;
  for (const Port& port : ports) {
    const std::string& op = graph.nodes[static_cast<std::size_t>(port.node)].op;
    if (op != "Const" && op != "Placeholder" && op != "NoOp") computed.push_back(port);
  }
  return computed;
}

/// One line of the comparison.
nlohmann::ordered_json entryOf(const Node& node, const Port& port, const Tensor& reference, const Difference& difference,
                               bool ok) {
  return {{"node", node.name},
          {"op", node.op},
          {"slot", port.slot},
          {"dtype", std::string(dtypeName(reference.dtype()))},
          {"shape", reference.shape()},
          {"absolute", difference.absolute},
          {"relative", difference.relative},
          {"ulps", difference.ulps},
          {"mismatch", difference.mismatch},
          {"ok", ok}};
}

Status check(const CheckOptions& options) {
  TEXFLOW_ASSIGN(const Graph graph, loadModel(options.model));
  TEXFLOW_ASSIGN(Tensors inputs, readInputs(options, graph));
  TEXFLOW_TRY(addRandomInputs(options, graph, inputs));
  const std::vector<Port> ports = computedPorts(graph);
  std::vector<std::string> names;
  for (const Port& port : ports) {
    const std::string& name = graph.nodes[static_cast<std::size_t>(port.node)].name;
    names.push_back(port.slot == 0 ? name : name + ":" + std::to_string(port.slot));
  }
  TEXFLOW_ASSIGN(OpenModel host, openModel(options, graph, Backend::kHost));
  TEXFLOW_ASSIGN(const std::vector<NamedTensor> references, host.session->run(inputs, names));
  TEXFLOW_ASSIGN(OpenModel gl, openModel(options, graph, Backend::kGl));
  TEXFLOW_ASSIGN(const std::vector<NamedTensor> values, gl.session->run(inputs, names));

  auto nodes = nlohmann::ordered_json::array();
  std::string firstBad;
  Difference worst;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const Node& node = graph.nodes[static_cast<std::size_t>(ports[i].node)];
    const Difference difference = compare(values[i].value, references[i].value);
    const bool ok = difference.within(options.tolerance);
    nodes.push_back(entryOf(node, ports[i], references[i].value, difference, ok));
    if (ok && difference.absolute > worst.absolute) worst = difference;
    if (ok || !firstBad.empty()) continue;
    char text[200];
    std::snprintf(text, sizeof text, "absolute error %.3g, relative error %.3g, %lld ULP at element %lld",
                  difference.absolute, difference.relative, static_cast<long long>(difference.ulps),
                  static_cast<long long>(difference.worst));
    firstBad = Graph::describe(node) +
               " differs from its host kernel: " + (difference.mismatch.empty() ? std::string(text) : difference.mismatch) +
               ", with " + std::string(dtypeName(references[i].value.dtype())) + shapeText(references[i].value.shape());
  }
  if (!options.json.empty()) {
    const nlohmann::ordered_json document = {
        {"model", options.model}, {"tolerance", options.tolerance}, {"ok", firstBad.empty()}, {"nodes", nodes}};
    TEXFLOW_TRY(writeText(options.json, document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)));
  }
  if (!firstBad.empty()) return Status::invalid("The first bad " + firstBad + ".");
  if (options.json != "-")
    std::printf("%zu values agree; the largest absolute error is %.3g.\n", ports.size(), worst.absolute);
  return {};
}

}  // namespace

Command addCheck(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  addModelOptions(app, *options, false);
  addShapeOption(app, options->shapes);
  app.add_option("--tolerance", options->tolerance, "largest absolute error over max(1, largest reference value)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--seed", options->seed, "seed of the random inputs")->capture_default_str();
  app.add_option("--json", options->json, "write all comparisons as JSON to this file, or to standard output for -");
  return [options] { return check(*options); };
}

}  // namespace texflow::cli
