#include "plan/host_runner.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace texflow {
namespace {

constexpr std::size_t kAlignment = 64;  // A cache line.

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// Ops that give their first operand's elements in the same order.
bool isAlias(const std::string& op) {
  static constexpr std::string_view kOps[] = {"Reshape",       "Squeeze",        "ExpandDims",  "Identity",
                                              "Snapshot",      "StopGradient",   "EnsureShape", "PlaceholderWithDefault",
                                              "CheckNumerics", "PreventGradient"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

}  // namespace

HostRunner::HostRunner(const Plan& plan, bool fast) : plan_(plan) { this->plan(fast); }

void HostRunner::plan(bool fast) {
  const std::size_t count = plan_.values.size();
  tasks_.resize(plan_.steps.size());
  places_.assign(count, -1);
  lastUse_.assign(count, -1);
  kept_.assign(count, 0);
  for (const auto& [port, value] : plan_.results) kept_[static_cast<std::size_t>(value)] = 1;
  for (const Step& step : plan_.steps)
    if (const auto* upload = std::get_if<UploadStep>(&step)) kept_[static_cast<std::size_t>(upload->value)] = 1;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const auto* host = std::get_if<HostStep>(&plan_.steps[i]);
    if (!host) continue;
    Task& task = tasks_[i];
    task.kind = Kind::kReference;
    const Node& node = plan_.graph.nodes[static_cast<std::size_t>(host->node)];
    if (!fast || host->outputs.size() != 1 || host->inputs.empty()) continue;
    const auto value = [&](int index) -> const HostValue& { return plan_.values[static_cast<std::size_t>(index)]; };
    const HostValue& out = value(host->outputs[0]);
    if (isAlias(node.op) && out.dtype != DType::kString && value(host->inputs[0]).dtype == out.dtype) {
      task.kind = Kind::kAlias;
    } else if (const MakeFastKernel make = findFastKernel(node.op)) {
      std::vector<TensorInfo> infos;
      for (int input : host->inputs)
        infos.push_back({value(input).dtype, value(input).shape, value(input).known ? &value(input).value : nullptr});
      const TensorInfo output{out.dtype, out.shape, nullptr};
      if (auto kernel = make({node, infos, output})) {
        task.kind = Kind::kFast;
        task.kernel = std::move(*kernel);
        scratchBytes_ = std::max(scratchBytes_, task.kernel.scratchBytes);
      }
    }
    fastSteps_ += task.kind != Kind::kReference ? 1 : 0;
  }
  findLastUses();
  for (std::size_t i = 0; i < plan_.steps.size(); ++i)
    if (tasks_[i].kind == Kind::kFast || tasks_[i].kind == Kind::kAlias)
      placeOutput(static_cast<int>(i), std::get<HostStep>(plan_.steps[i]), tasks_[i]);
  assignOffsets();
}

void HostRunner::findLastUses() {
  for (std::size_t i = plan_.steps.size(); i-- > 0;) {
    const auto* host = std::get_if<HostStep>(&plan_.steps[i]);
    if (!host) continue;
    int last = static_cast<int>(i);
    if (tasks_[i].kind == Kind::kAlias) last = std::max(last, lastUse_[static_cast<std::size_t>(host->outputs[0])]);
    for (int input : host->inputs) {
      int& use = lastUse_[static_cast<std::size_t>(input)];
      use = std::max(use, last);
    }
  }
}

// In the block, unless someone else looks for the value in its tensor; in an operand's place where that allows it.
void HostRunner::placeOutput(int step, const HostStep& host, const Task& task) {
  const auto out = static_cast<std::size_t>(host.outputs[0]);
  const HostValue& value = plan_.values[out];
  if (kept_[out]) return;
  const std::size_t bytes = static_cast<std::size_t>(elementCount(value.shape)) * (value.dtype == DType::kBool        ? 1
                                                                                   : value.dtype == DType::kComplex64 ? 8
                                                                                                                      : 4);
  valueBytes_ += aligned(bytes);
  if (task.kind == Kind::kAlias) {
    const int place = places_[static_cast<std::size_t>(host.inputs[0])];
    if (place >= 0) places_[out] = place;  // The operand lives as long as this name of it.
    return;
  }
  for (std::size_t i = 0; i < host.inputs.size(); ++i) {
    const int place = places_[static_cast<std::size_t>(host.inputs[i])];
    if (!(task.kernel.inPlace >> i & 1U) || place < 0) continue;
    Storage& storage = storages_[static_cast<std::size_t>(place)];
    if (storage.last > step || storage.bytes != bytes) continue;
    storage.last = std::max(step, lastUse_[out]);
    places_[out] = place;
    return;
  }
  places_[out] = static_cast<int>(storages_.size());
  storages_.push_back({bytes, 0, step, std::max(step, lastUse_[out])});
}

// Largest first, each at the lowest offset that is free while it lives.
void HostRunner::assignOffsets() {
  std::vector<std::size_t> order(storages_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return storages_[a].bytes > storages_[b].bytes; });
  std::vector<const Storage*> placed;  // By offset.
  for (std::size_t index : order) {
    Storage& storage = storages_[index];
    for (const Storage* other : placed) {
      if (other->last < storage.first || storage.last < other->first) continue;
      if (storage.offset + aligned(storage.bytes) <= other->offset) break;
      storage.offset = std::max(storage.offset, other->offset + aligned(other->bytes));
    }
    blockBytes_ = std::max(blockBytes_, storage.offset + aligned(storage.bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &storage,
                                   [](const Storage* a, const Storage* b) { return a->offset < b->offset; }),
                  &storage);
  }
  scratchOffset_ = blockBytes_;
  blockBytes_ += aligned(scratchBytes_);
}

std::byte* HostRunner::address(int value) {
  const int place = places_[static_cast<std::size_t>(value)];
  return place < 0 ? nullptr : block_.get() + storages_[static_cast<std::size_t>(place)].offset;
}

const std::byte* HostRunner::input(int value, const std::vector<Tensor>& values) {
  const std::byte* inBlock = address(value);
  return inBlock ? inBlock : values[static_cast<std::size_t>(value)].data<std::byte>();
}

std::byte* HostRunner::output(int value, std::vector<Tensor>& values) {
  if (std::byte* inBlock = address(value)) return inBlock;
  const HostValue& planned = plan_.values[static_cast<std::size_t>(value)];
  Tensor& tensor = values[static_cast<std::size_t>(value)];
  if (tensor.dtype() != planned.dtype || tensor.shape() != planned.shape || tensor.isShared())
    tensor = Tensor(planned.dtype, planned.shape);
  return tensor.mutableData<std::byte>();
}

Tensor HostRunner::tensorOf(int value, const std::vector<Tensor>& values) {
  const std::byte* inBlock = address(value);
  if (!inBlock) return values[static_cast<std::size_t>(value)];
  const HostValue& planned = plan_.values[static_cast<std::size_t>(value)];
  Tensor copy(planned.dtype, planned.shape);
  if (copy.bytes() > 0) std::memcpy(copy.mutableData<std::byte>(), inBlock, copy.bytes());
  return copy;
}

Status HostRunner::run(std::size_t step, std::vector<Tensor>& values) {
  piece_ = 0;
  for (bool done = false; !done;) {
    TEXFLOW_ASSIGN(done, runPiece(step, values));
  }
  return {};
}

Result<bool> HostRunner::runPiece(std::size_t step, std::vector<Tensor>& values) {
  const auto& host = std::get<HostStep>(plan_.steps[step]);
  const Task& task = tasks_[step];
  // Every byte of a value is written before it is read, so the block needs no zeros.
  if (!block_ && blockBytes_ > 0) block_.reset(new std::byte[blockBytes_]);
  if (task.kind == Kind::kReference) {
    TEXFLOW_TRY(runReference(host, values));
    return true;
  }
  if (task.kind == Kind::kAlias) {
    runAlias(host, values);
    return true;
  }
  operands_.clear();
  for (int value : host.inputs) operands_.push_back(input(value, values));
  task.kernel.run(operands_.data(), output(host.outputs[0], values), block_.get() + scratchOffset_, piece_);
  if (++piece_ < task.kernel.pieces) return false;
  piece_ = 0;
  return true;
}

Status HostRunner::runReference(const HostStep& host, std::vector<Tensor>& values) {
  const Node& node = plan_.graph.nodes[static_cast<std::size_t>(host.node)];
  std::vector<Tensor> operands;
  for (int value : host.inputs) operands.push_back(tensorOf(value, values));
  auto results = findOp(node.op)->host(node, operands);
  if (!results.ok()) return results.status().during("running " + Graph::describe(node));
  for (std::size_t slot = 0; slot < host.outputs.size() && slot < results->size(); ++slot)
    values[static_cast<std::size_t>(host.outputs[slot])] = std::move((*results)[slot]);
  return {};
}

void HostRunner::runAlias(const HostStep& host, std::vector<Tensor>& values) {
  const int from = host.inputs[0], to = host.outputs[0];
  if (address(to)) return;  // The same place.
  if (!address(from)) {
    values[static_cast<std::size_t>(to)] =
        values[static_cast<std::size_t>(from)].reshaped(plan_.values[static_cast<std::size_t>(to)].shape);
    return;
  }
  std::byte* out = output(to, values);
  const std::size_t bytes = values[static_cast<std::size_t>(to)].bytes();
  if (bytes > 0) std::memcpy(out, address(from), bytes);
}

}  // namespace texflow
