// Refuses graphs with ops that the target cannot run, before anything is written.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "ops/op.h"
#include "texflow/converter.h"

namespace texflow {
namespace {

constexpr std::string_view kTfjsOps[] = {
#define TFJS_OP(name) name,
#include "tfjs_ops.def"
#undef TFJS_OP
};

/// Further ops that files for this engine may hold; like control flow and tables, it does not run all of them yet.
constexpr std::string_view kFurtherOps[] = {"AsString",         "StringFormat",         "StringSplitV2", "Substr",
                                            "MatrixDiagPartV3", "RaggedTensorToTensor", "UnicodeDecode"};

/// What to do about ops that people meet; others get the nearest name.
std::string_view adviceFor(std::string_view op) {
  static const std::map<std::string_view, std::string_view> kAdvice = {
      {"PartitionedCall", "a call that could not be inlined"},
      {"StatefulPartitionedCall", "a call that could not be inlined"},
      {"ReadVariableOp", "a variable that was not frozen"},
      {"VarHandleOp", "a variable that was not frozen"},
      {"AssignVariableOp", "the signature changes a variable; export one that only computes"},
      {"AssignAddVariableOp", "the signature changes a variable; export one that only computes"},
      {"Print", "leave --strip_debug_ops at its default"},
      {"PrintV2", "leave --strip_debug_ops at its default"},
      {"Assert", "leave --strip_debug_ops at its default"},
      {"CheckNumerics", "leave --strip_debug_ops at its default"},
      {"InitializeTableFromTextFileV2", "the vocabulary file must be among the model's assets"},
      {"StringSplitV2", "split the text before the model"},
      {"StringLower", "put the text into lower case before the model"},
      {"PyFunc", "Python code cannot be converted"},
      {"EagerPyFunc", "Python code cannot be converted"},
      {"DecodeJpeg", "decode the picture before the model"},
      {"DecodePng", "decode the picture before the model"},
      {"ParseExampleV2", "pick a signature that takes tensors with --signature_name"},
      {"ParseExample", "pick a signature that takes tensors with --signature_name"},
  };
  const auto found = kAdvice.find(op);
  return found == kAdvice.end() ? std::string_view() : found->second;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] != b[j])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::set<std::string_view> opsOf(Target target) {
  std::set<std::string_view> ops(std::begin(kTfjsOps), std::end(kTfjsOps));
  if (target == Target::kTfjs) return ops;
  for (const Op& op : allOps()) ops.insert(op.name);
  ops.insert(std::begin(kFurtherOps), std::end(kFurtherOps));
  return ops;
}

/// The spelling that is nearest, where one is near.
std::string_view nearest(std::string_view op, const std::set<std::string_view>& ops) {
  std::string_view best;
  std::size_t least = op.size() / 3 + 1;
  for (const std::string_view other : ops)
    if (const std::size_t d = distance(op, other); d < least) least = d, best = other;
  return best;
}

struct Use {
  std::size_t count = 0;
  std::vector<std::string> first;  ///< Names of a few nodes.
};

void collect(const std::vector<Node>& nodes, const std::string& where, const std::set<std::string_view>& ops,
             std::map<std::string, Use>& missing) {
  constexpr std::size_t kShown = 3;
  for (const Node& node : nodes) {
    if (ops.contains(node.op)) continue;
    Use& use = missing[node.op];
    if (use.count++ < kShown) use.first.push_back("'" + where + node.name + "'");
  }
}

}  // namespace

Status checkOps(const Graph& graph, Target target) {
  const auto ops = opsOf(target);
  std::map<std::string, Use> missing;
  collect(graph.nodes, "", ops, missing);
  for (const Function& function : graph.functions) collect(function.nodes, function.name + "/", ops, missing);
  if (graph.initializer) collect(graph.initializer->nodes, "initializer/", ops, missing);
  if (missing.empty()) return {};
  std::string list;
  for (const auto& [op, use] : missing) {
    list += (list.empty() ? "" : "; ") + op + " (" + std::to_string(use.count) + (use.count == 1 ? " node: " : " nodes: ");
    for (std::size_t i = 0; i < use.first.size(); ++i) list += (i ? ", " : "") + use.first[i];
    if (use.count > use.first.size()) list += ", ...";
    list += ')';
    if (const auto advice = adviceFor(op); !advice.empty()) list += ", " + std::string(advice);
    else if (target == Target::kTfjs && findOp(op)) list += ", which --target texflow allows";
    else if (const auto near = nearest(op, ops); !near.empty()) list += ", whose nearest name is " + std::string(near);
  }
  return Status::unsupported("The model needs ops that " +
                             std::string(target == Target::kTfjs ? "TensorFlow.js" : "TexFlow") + " does not have: " + list +
                             ". Pass --skip_op_check to convert it all the same.");
}

}  // namespace texflow
