#include <cstdio>
#include <iostream>
#include <map>
#include <memory>

#include "commands.h"
#include "model.h"
#include "ops/op.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

std::string supportOf(const std::string& opName) {
  // Values and feeds are no work for an op.
  if (opName == "Const" || opName == "Placeholder") return "-";
  const Op* op = findOp(opName);
  if (!op) return "not supported";
  return op->lower ? "GPU" : "host only";
}

Status inspect(const std::string& path) {
  TEXFLOW_ASSIGN(const Graph graph, loadGraphModel(path));
  std::cout << "signature: " << (graph.hasSignature ? "yes" : "no") << "\ninputs:\n";
  for (const Endpoint& input : graph.inputs) std::cout << "  " << input.name << ": " << endpointText(input) << "\n";
  std::cout << "outputs:\n";
  for (const Endpoint& output : graph.outputs)
    std::cout << "  " << output.name << ": " << endpointText(output) << ", "
              << Graph::describe(graph.nodes[static_cast<std::size_t>(output.port.node)]) << "\n";

  std::map<std::string, int> ops;
  std::int64_t parameters = 0, bytes = 0;
  for (const Node& node : graph.nodes) {
    ++ops[node.op];
    if (node.op != "Const") continue;
    if (node.value.dtype() == DType::kFloat32 || node.value.dtype() == DType::kComplex64) parameters += node.value.size();
    bytes += static_cast<std::int64_t>(node.value.bytes());
  }
  std::cout << "nodes: " << graph.nodes.size() << "\nparameters: " << parameters << "\nbytes of constants: " << bytes
            << "\nops:\n";
  std::map<std::string, int> totals;
  for (const auto& [op, count] : ops) {
    const std::string support = supportOf(op);
    totals[support] += count;
    std::printf("  %-32s %6d  %s\n", op.c_str(), count, support.c_str());
  }
  std::fflush(stdout);
  std::cout << "nodes on the GPU: " << totals["GPU"] << ", host only: " << totals["host only"]
            << ", not supported: " << totals["not supported"] << "\n";
  return {};
}

}  // namespace

Command addInspect(CLI::App& app) {
  auto model = std::make_shared<std::string>();
  app.add_option("MODEL", *model, "model.json or its folder")->required();
  return [model] { return inspect(*model); };
}

}  // namespace texflow::cli
