#include <map>

#include "passes/lower.h"
#include "passes/pass.h"

namespace texflow {
namespace {

using LowerFn = bool (*)(Rewriter&, const KnownShapes&, int);

/// Another name for the same op.
bool rename(Rewriter& graph, int index, const char* op) {
  graph.edit(index).op = op;
  return true;
}

bool lowerErfc(Rewriter& graph, const KnownShapes&, int index) {
  const Port x = graph.node(index).inputs[0];
  Replacement with(graph, index);
  return with.done(with.floats("Sub", {with.number(1), with.floats("Erf", {x})}));
}

bool lowerSoftsign(Rewriter& graph, const KnownShapes&, int index) {
  const Port x = graph.node(index).inputs[0];
  Replacement with(graph, index);
  return with.done(with.floats("RealDiv", {x, with.floats("AddV2", {with.floats("Abs", {x}), with.number(1)})}));
}

/// x op y, and 0 where the operand that decides is 0.
bool lowerZeroWhere(Rewriter& graph, int index, std::size_t decides, const char* op, bool logarithm) {
  const Node& node = graph.node(index);
  if (node.attrs.get<DType>("T", DType::kFloat32) != DType::kFloat32 || node.inputs.size() != 2) return false;
  const Port x = node.inputs[0], y = node.inputs[1], decisive = node.inputs[decides];
  Replacement with(graph, index);
  const Port zero = with.number(0);
  const Port value = with.floats(op, {x, logarithm ? with.floats("Log", {y}) : y});
  return with.done(with.floats("SelectV2", {with.floats("Equal", {decisive, zero}), zero, value}));
}

bool lowerL2Loss(Rewriter& graph, const KnownShapes&, int index) {
  const Port x = graph.node(index).inputs[0];
  Replacement with(graph, index);
  const Port flat = with.reshape(with.floats("Square", {x}), {-1});
  const Port sum =
      with.make("Sum", {flat, with.integers({0})}, {{"T", DType::kFloat32}, {"Tidx", DType::kInt32}, {"keep_dims", false}});
  return with.done(with.floats("Mul", {sum, with.number(0.5F)}));
}

const std::map<std::string_view, LowerFn>& lowerings() {
  static const std::map<std::string_view, LowerFn> kTable = {
      {"Erfc", lowerErfc},
      {"Softsign", lowerSoftsign},
      {"L2Loss", lowerL2Loss},
      {"Inv", [](Rewriter& graph, const KnownShapes&, int i) { return rename(graph, i, "Reciprocal"); }},
      {"Rint", [](Rewriter& graph, const KnownShapes&, int i) { return rename(graph, i, "Round"); }},
      {"LogicalXor", [](Rewriter& graph, const KnownShapes&, int i) { return rename(graph, i, "NotEqual"); }},
      {"BatchMatMulV3", [](Rewriter& graph, const KnownShapes&, int i) { return rename(graph, i, "BatchMatMulV2"); }},
      {"MulNoNan", [](Rewriter& graph, const KnownShapes&, int i) { return lowerZeroWhere(graph, i, 1, "Mul", false); }},
      {"Xdivy", [](Rewriter& graph, const KnownShapes&, int i) { return lowerZeroWhere(graph, i, 0, "RealDiv", false); }},
      {"Xlogy", [](Rewriter& graph, const KnownShapes&, int i) { return lowerZeroWhere(graph, i, 0, "Mul", true); }},
      {"FusedBatchNorm", lowerBatchNorm},
      {"FusedBatchNormV2", lowerBatchNorm},
      {"FusedBatchNormV3", lowerBatchNorm},
      {"Conv2D", lowerChannelsFirst},
      {"DepthwiseConv2dNative", lowerChannelsFirst},
      {"MaxPool", lowerChannelsFirst},
      {"AvgPool", lowerChannelsFirst},
      {"BiasAdd", lowerChannelsFirst},
      {"Bucketize", lowerArrays},
      {"SpaceToDepth", lowerArrays},
      {"Roll", lowerArrays},
  };
  return kTable;
}

}  // namespace

Status lowerOps(Rewriter& graph, const ConvertOptions& options) {
  const KnownShapes known(graph.graph());
  const int count = graph.size();
  for (int i = 0; i < count; ++i) {
    if (!graph.node(i).controls.empty() || lowerGroups(graph, known, i) || options.target != Target::kTfjs) continue;
    const auto found = lowerings().find(graph.node(i).op);
    if (found != lowerings().end() && !graph.node(i).inputs.empty()) found->second(graph, known, i);
  }
  return {};
}

}  // namespace texflow
