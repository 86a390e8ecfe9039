// The order of the passes.
#include <algorithm>
#include <chrono>

#include "ops/op.h"
#include "passes/pass.h"

namespace texflow {
namespace {

struct Pass {
  const char* name;
  PassFn run;
};
// Some run twice: a rewrite leaves constants, folding leaves nodes to simplify.
constexpr Pass kPasses[] = {
    {"strip_debug", stripDebug},
    {"identities", dropIdentities},
    {"fold_constants", foldConstants},
    {"lower_ops", lowerOps},
    {"shapes", simplifyShapes},
    {"arithmetic", simplifyArithmetic},
    {"fold_constants", foldConstants},
    {"common_subexpressions", shareSubexpressions},
    {"batch_norm", foldBatchNorms},
    {"scales", foldScales},
    {"input_scales", foldInputScales},
    {"scales", foldScales},
    {"prelu", formPrelu},
    {"fold_constants", foldConstants},
    {"arithmetic", simplifyArithmetic},
    {"fuse", fuseActivations},
    {"common_subexpressions", shareSubexpressions},
    {"defaults", fillDefaults},
    {"outputs", separateOutputs},
};

/// The body as a graph, so that passes need to know only one kind.
Status runOnFunction(PassFn pass, Function& function, const ConvertOptions& options) {
  Graph body;
  body.nodes = std::move(function.nodes);
  body.inputs = std::move(function.inputs);
  body.outputs = std::move(function.outputs);
  Rewriter rewriter(body, true);
  const Status status = pass(rewriter, options);
  rewriter.finish();
  function.nodes = std::move(body.nodes);
  function.inputs = std::move(body.inputs);
  function.outputs = std::move(body.outputs);
  return status;
}

std::size_t nodeCount(const Graph& graph) {
  std::size_t count = graph.nodes.size();
  for (const Function& function : graph.functions) count += function.nodes.size();
  return count;
}

/// Functions that nothing calls any more.
void dropFunctions(Graph& graph) {
  std::vector<std::string> wanted;
  const auto collect = [&](const std::vector<Node>& nodes) {
    for (const Node& node : nodes) {
      for (const auto& [name, value] : node.attrs.all()) {
        if (const auto* text = std::get_if<std::string>(&value)) wanted.push_back(*text);
        if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
          wanted.insert(wanted.end(), texts->begin(), texts->end());
      }
    }
  };
  std::vector<bool> kept(graph.functions.size(), false);
  collect(graph.nodes);
  for (std::size_t done = 0; done < wanted.size(); ++done) {
    for (std::size_t i = 0; i < graph.functions.size(); ++i) {
      if (kept[i] || graph.functions[i].name != wanted[done]) continue;
      kept[i] = true;
      collect(graph.functions[i].nodes);
    }
  }
  std::size_t i = 0;
  std::erase_if(graph.functions, [&](const Function&) { return !kept[i++]; });
}

/// Passes take for granted that ops which have operands have at least one.
Status checkOperands(const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    const Op* op = node.inputs.empty() && node.op != "Const" && node.op != "Placeholder" ? findOp(node.op) : nullptr;
    if (!op || !op->shape) continue;
    const auto shapes = op->shape(node, {});
    if (!shapes.ok() && shapes.status().code() == StatusCode::kInvalid)
      return Status::invalid("The " + Graph::describe(node) + " has no inputs: " + shapes.status().message());
  }
  return {};
}

}  // namespace

std::vector<std::string> passNames() {
  std::vector<std::string> names;
  for (const Pass& pass : kPasses)
    if (std::find(names.begin(), names.end(), pass.name) == names.end()) names.emplace_back(pass.name);
  return names;
}

Result<Graph> optimize(Graph graph, const ConvertOptions& options, PassReport* report) {
  if (options.passes) {
    const auto known = passNames();
    for (const std::string& name : *options.passes) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      std::string list;
      for (const std::string& other : known) list += (list.empty() ? "" : ", ") + other;
      return Status::invalid("There is no pass '" + name + "'; there are " + list + ".");
    }
  }
  dropFunctions(graph);
  TEXFLOW_TRY(checkOperands(graph.nodes));
  for (const Function& function : graph.functions)
    TEXFLOW_TRY(checkOperands(function.nodes).during("checking the function '" + function.name + "'"));
  for (const Pass& pass : kPasses) {
    const bool needed =
        pass.run == separateOutputs || pass.run == fillDefaults || (pass.run == stripDebug && options.stripDebugOps);
    if (pass.run == stripDebug && !options.stripDebugOps) continue;
    if (!needed && options.passes &&
        std::find(options.passes->begin(), options.passes->end(), pass.name) == options.passes->end())
      continue;
    const auto start = std::chrono::steady_clock::now();
    PassResult result{pass.name, nodeCount(graph), 0, 0};
    Rewriter rewriter(graph);
    TEXFLOW_TRY(pass.run(rewriter, options).during(std::string("running the pass '") + pass.name + "'"));
    rewriter.finish();
    for (Function& function : graph.functions)
      TEXFLOW_TRY(runOnFunction(pass.run, function, options).during("optimizing the function '" + function.name + "'"));
    result.nodesAfter = nodeCount(graph);
    result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (report) report->push_back(std::move(result));
  }
  dropFunctions(graph);
  return graph;
}

}  // namespace texflow
