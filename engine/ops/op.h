// What an op is: a shape function, a host kernel and, where a GPU is good at it, a lowering to draws.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "texflow/graph.h"

namespace texflow {

class Lowering;  // plan/lowering.h

/// What is known of a value before the graph runs.
struct TensorInfo {
  DType dtype = DType::kFloat32;
  Shape shape;
  const Tensor* value = nullptr;  ///< Set when the value itself is known on the host (constants, shape arithmetic).
};

/// Infers dtype and shape of every output from its inputs. Returns StatusCode::kDataDependent when a shape depends on an
/// input value that is not known yet. Every attribute and shape is hostile: check before use, name the offending value.
/// Messages need not name the node; the caller adds it.
using ShapeFn = Result<std::vector<TensorInfo>> (*)(const Node&, std::span<const TensorInfo>);
/// Computes the outputs exactly, in plain loops; the oracle for the GPU lowering. The shape function has accepted the
/// inputs.
using HostFn = Result<std::vector<Tensor>> (*)(const Node&, std::span<const Tensor>);
/// Records the draws of one node. Returning kUnsupported sends this node to its host kernel.
using LowerFn = Status (*)(Lowering&);

/// One line of the op table.
struct Op {
  std::string_view name;  ///< TensorFlow's op name.
  ShapeFn shape = nullptr;
  HostFn host = nullptr;
  LowerFn lower = nullptr;  ///< null: host only.
};

/// The op of that name or null. The table is in ops/table.cpp.
const Op* findOp(std::string_view name);
std::span<const Op> allOps();

/// Runs shape function and host kernel of one node (the reference for tests, `check` and constant folding).
Result<std::vector<Tensor>> runOnHost(const Node& node, std::span<const Tensor> inputs);

}  // namespace texflow
