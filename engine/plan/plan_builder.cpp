#include "plan/plan_builder.h"

#include <algorithm>
#include <utility>

#include "plan/host_ends.h"

namespace texflow {
namespace {

// Integer tensors up to this size are computed on the host, exactly: shapes, indices, axes.
constexpr std::int64_t kSmallElements = 1024;
// Folding never makes a constant larger than this many elements (Fill and Tile of huge shapes stay steps).
constexpr std::int64_t kFoldElements = std::int64_t{1} << 24;

// What the host computes at the ends of a graph at the shapes that were prepared it computes at larger ones, too: a program
// for it would have to be compiled in a run.
constexpr std::int64_t kWorkOfOtherShapes = 16;

bool isRandom(const Node& node) {
  return node.op.find("Random") != std::string::npos || node.op == "Multinomial" || node.op == "TruncatedNormal";
}

}  // namespace

Status PlanBuilder::build(const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs) {
  for (const auto& [port, info] : feeds) {
    Value value;
    value.info = info;
    value.host = addHostValue(info, nullptr);
    if (info.value) plan_.values[static_cast<std::size_t>(value.host)].value = *info.value;
    plan_.feeds[port] = value.host;
    values_[port] = value;
  }
  TEXFLOW_ASSIGN(order_, neededNodes(outputs, feeds));
  for (int index : order_) {
    Status status = addNode(index);
    if (!status.ok()) return status.during("planning " + Graph::describe(node(index)));
  }
  // What the session must read: the outputs, and everything a deferred node starts from.
  std::vector<Port> results = outputs;
  for (int index : deferred_) {
    const auto& inputs = node(index).inputs;
    results.insert(results.end(), inputs.begin(), inputs.end());
  }
  for (const Port& port : results) {
    if (deferred_.count(port.node)) continue;
    const auto found = values_.find(port);
    if (found == values_.end())
      return Status::invalid("There is no output " + std::to_string(port.slot) + " of " + Graph::describe(node(port.node)) +
                             ".");
    if (found->second.tensor >= 0) {
      plan_.onGpu[port] = found->second.tensor;
      touch(found->second.tensor, step());
    }
    plan_.results[port] = hostValue(port);
  }
  const int last = step();  // Results stay readable after the run.
  for (const auto& [port, tensor] : plan_.onGpu) touch(tensor, last);
  for (int index : deferred_) {
    const auto& inputs = node(index).inputs;
    if (std::none_of(inputs.begin(), inputs.end(), [&](const Port& port) { return deferred_.count(port.node); }))
      plan_.deferred.push_back(index);
  }
  return {};
}

std::int64_t PlanBuilder::hostWork() const {
  return options_.known ? kWorkOfOtherShapes * options_.hostWork : options_.hostWork;
}

std::set<int> PlanBuilder::smallTail(const std::vector<Port>& outputs, bool withLayers) const {
  if (!options_.useGl) return {};
  return hostTail(
      plan_.graph, order_, outputs, hostWork(), withLayers, [this](Port port) { return infoOf(port); },
      [this](const Node& node) { return mayRunOnHost(node); });
}

std::set<int> PlanBuilder::smallHead(bool withLayer) const {
  if (!options_.useGl) return {};
  return hostHead(
      plan_.graph, order_, plan_.feeds, hostWork(), withLayer ? options_.headProducts * hostWork() : 0,
      [this](Port port) { return infoOf(port); }, [this](const Node& node) { return mayRunOnHost(node); });
}

bool PlanBuilder::mayRunOnHost(const Node& node) const { return !options_.known || hasConstants(plan_.graph, node); }

const TensorInfo* PlanBuilder::infoOf(Port port) const {
  const auto found = values_.find(port);
  return found == values_.end() ? nullptr : &found->second.info;
}

Result<std::vector<int>> PlanBuilder::neededNodes(const std::vector<Port>& outputs,
                                                  const std::map<Port, TensorInfo>& feeds) const {
  enum : char { kNew, kOpen, kDone };
  std::vector<char> state(plan_.graph.nodes.size(), kNew);
  std::vector<int> order;
  std::vector<std::pair<int, std::size_t>> stack;
  const auto push = [&](const Port& port) {
    if (port.node < 0 || feeds.count(port) || state[static_cast<std::size_t>(port.node)] != kNew) return;
    state[static_cast<std::size_t>(port.node)] = kOpen;
    stack.emplace_back(port.node, 0);
  };
  for (const Port& output : outputs) {
    push(output);
    while (!stack.empty()) {
      auto& [index, next] = stack.back();
      const auto& inputs = node(index).inputs;
      if (next < inputs.size()) {
        push(inputs[next++]);
      } else {
        state[static_cast<std::size_t>(index)] = kDone;
        order.push_back(index);
        stack.pop_back();
      }
    }
  }
  return order;
}

Status PlanBuilder::addNode(int index) {
  const Node& node = this->node(index);
  node_ = index;
  if (node.op == "Placeholder") return Status::invalid("The input '" + node.name + "' was not given.");
  const Op* op = findOp(node.op);
  if (!op) return Status::unsupported("There is no op '" + node.op + "' in the table.");
  std::vector<TensorInfo> inputs;
  bool known = true, fixed = !node.inputs.empty() || node.op == "Const";
  for (const Port& port : node.inputs) {
    fixed = fixed && fixed_.count(port.node) && !plan_.feeds.count(port);
    if (deferred_.count(port.node)) {
      deferred_.insert(index);
      return {};
    }
    const auto found = values_.find(port);
    if (found == values_.end())
      return Status::invalid("It reads output " + std::to_string(port.slot) + " of " +
                             Graph::describe(this->node(port.node)) + ", which does not exist.");
    inputs.push_back(found->second.info);
    known = known && found->second.info.value && found->second.info.value->hasValues();
  }
  if (fixed) fixed_.insert(index);
  auto outputs = shapesOf(node, *op, inputs);
  if (!outputs.ok()) {
    if (outputs.status().code() != StatusCode::kDataDependent || known) return outputs.status();
    deferred_.insert(index);
    return {};
  }
  bool small = true;
  for (const TensorInfo& output : *outputs) small = small && elementCount(output.shape) <= kFoldElements;
  const bool fed =
      std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Port& port) { return plan_.feeds.count(port); });
  if (known && small && !fed && !isRandom(node)) {
    std::vector<Tensor> tensors;
    for (const TensorInfo& input : inputs) tensors.push_back(*input.value);
    TEXFLOW_ASSIGN(const std::vector<Tensor> results, op->host(node, tensors));
    for (std::size_t slot = 0; slot < results.size(); ++slot) {
      Value value;
      value.host = addHostValue({results[slot].dtype(), results[slot].shape(), nullptr}, &results[slot]);
      value.info = {results[slot].dtype(), results[slot].shape(), &plan_.values[static_cast<std::size_t>(value.host)].value};
      values_[{index, static_cast<int>(slot)}] = value;
    }
    return {};
  }
  if (node.op == "Shape" && inputs.size() == 1) {
    std::vector<Tensor> placeholders{Tensor(inputs[0].dtype, inputs[0].shape)};
    TEXFLOW_ASSIGN(const std::vector<Tensor> results, op->host(node, placeholders));
    Value value;
    value.host = addHostValue({results[0].dtype(), results[0].shape(), nullptr}, results.data());
    value.info = {results[0].dtype(), results[0].shape(), &plan_.values[static_cast<std::size_t>(value.host)].value};
    values_[{index, 0}] = value;
    return {};
  }
  if (options_.useGl && op->lower && !hostNodes_.count(index) && !belongsOnHost(node, *outputs)) {
    TEXFLOW_ASSIGN(const bool lowered, lower(index, inputs, *outputs));
    if (lowered) return {};
  }
  return addHostStep(index, *outputs);
}

// Values that were fed are looked at only where a shape depends on them, so that the plan serves other values, too.
Result<std::vector<TensorInfo>> PlanBuilder::shapesOf(const Node& node, const Op& op, std::vector<TensorInfo>& inputs) {
  auto outputs = op.shape(node, inputs);
  for (std::size_t i = 0; i < inputs.size() && outputs.ok(); ++i) {
    if (!inputs[i].value || !plan_.feeds.count(node.inputs[i])) continue;
    const Tensor* value = std::exchange(inputs[i].value, nullptr);
    auto without = op.shape(node, inputs);
    if (without.ok()) {
      outputs = std::move(without);
      continue;
    }
    inputs[i].value = value;
    plan_.consulted.insert(node.inputs[i]);
  }
  return outputs;
}

bool PlanBuilder::belongsOnHost(const Node& node, const std::vector<TensorInfo>& outputs) const {
  for (const TensorInfo& output : outputs)
    if (!isGpuType(output.dtype) || (options_.halfFloats && output.dtype == DType::kInt32) || output.shape.size() > 6 ||
        elementCount(output.shape) == 0)
      return true;
  bool integers = true, onHost = true;
  std::int64_t most = 0;
  for (const Port& port : node.inputs) {
    const Value& value = values_.at(port);
    if (!isGpuType(value.info.dtype)) return true;
    if (options_.halfFloats && value.info.dtype == DType::kInt32 && !value.info.value) return true;
    const std::int64_t count = elementCount(value.info.shape);
    if (count == 0) return true;
    if (value.info.value) continue;
    most = std::max(most, count);
    integers = integers && value.info.dtype != DType::kFloat32;
    onHost = onHost && value.host >= 0;
  }
  return onHost && integers && most <= kSmallElements;
}

Result<bool> PlanBuilder::lower(int index, const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs) {
  const auto steps = plan_.steps.size();
  const auto tensors = plan_.tensors.size();
  const auto constants = plan_.constants.size();
  for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
    Value value;
    value.info = outputs[slot];
    values_[{index, static_cast<int>(slot)}] = value;
  }
  Lowering lowering(*this, node(index), inputs, outputs);
  const Status status = findOp(node(index).op)->lower(lowering);
  if (status.ok()) {
    for (std::size_t slot = 0; slot < outputs.size(); ++slot)
      if (values_[{index, static_cast<int>(slot)}].tensor < 0)
        return Status::invalid("Its lowering left output " + std::to_string(slot) + " without a texture.");
    return true;
  }
  if (status.code() != StatusCode::kUnsupported) return status;
  // Forget what the lowering recorded before it gave up.
  plan_.steps.resize(steps);
  plan_.tensors.resize(tensors);
  for (const Port& port : node(index).inputs)
    if (Value& value = values_.at(port); value.tensor >= static_cast<int>(tensors)) value.tensor = -1;
  for (PlannedTensor& tensor : plan_.tensors) tensor.lastStep = std::min(tensor.lastStep, static_cast<int>(steps));
  plan_.constants.resize(constants);
  std::erase_if(constants_, [&](const auto& entry) { return entry.second >= static_cast<int>(constants); });
  for (std::size_t slot = 0; slot < outputs.size(); ++slot) values_.erase({index, static_cast<int>(slot)});
  return false;
}

Status PlanBuilder::addHostStep(int index, const std::vector<TensorInfo>& outputs) {
  if (!findOp(node(index).op)->host) return Status::unsupported("There is no host kernel for it.");
  HostStep host{index, {}, {}};
  for (const Port& port : node(index).inputs) host.inputs.push_back(hostValue(port));
  for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
    Value value;
    value.info = outputs[slot];
    value.info.value = nullptr;
    value.host = addHostValue(value.info, nullptr);
    host.outputs.push_back(value.host);
    values_[{index, static_cast<int>(slot)}] = value;
  }
  plan_.steps.emplace_back(std::move(host));
  return {};
}

}  // namespace texflow
