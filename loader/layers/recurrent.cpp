#include "layers/recurrent.h"

#include <algorithm>

#include "layers/recurrent_cell.h"

namespace texflow {

std::vector<Value> initialStates(LayerCall& call) {
  std::vector<Value> states(call.inputs.begin() + (call.inputs.empty() ? 0 : 1), call.inputs.end());
  if (!states.empty()) return states;
  const Json* given = call.argument(99, {"initial_state"});
  if (!given) return states;
  const Json list = given->is_array() ? *given : Json::array({*given});
  for (const Json& item : list) {
    if (const auto value = call.valueOf(item)) states.push_back(*value);
    else call.fail("Its initial_state " + excerpt(*given) + " cannot be read.");
  }
  return states;
}

namespace {

/// Steps that one layer may be unrolled to; longer sequences and those of unknown length are loops in the graph.
constexpr std::int64_t kMaxSteps = 1024;

/// A chain of steps.
void unroll(LayerCall& call, Cell& cell, const Value& x, const Value& mask, bool zeroOutputForMask, Sequence& sequence) {
  GraphBuilder& g = call.graph;
  auto steps = g.unstack(x, 1);
  std::vector<Value> masks;
  if (mask) masks = g.unstack(mask, 1);
  if (call.flag("go_backwards")) {
    std::reverse(steps.begin(), steps.end());
    std::reverse(masks.begin(), masks.end());
  }
  Value previous = g.scalar(0);
  for (std::size_t i = 0; i < steps.size() && g.status().ok(); ++i) {
    const std::vector<Value> before = sequence.states;
    Value output = step(cell, cell.kind == CellKind::kConvLstm ? project(cell, steps[i]) : steps[i], sequence.states);
    if (mask) {
      Value valid = masks[i];
      while (valid.rank() < output.rank()) valid = g.expandDims(valid, -1);
      for (std::size_t k = 0; k < before.size(); ++k)
        sequence.states[k] = g.select(valid, sequence.states[k], before[k] ? before[k] : g.scalar(0));
      // Masked steps repeat the output before them, or are zero.
      output = g.select(valid, output, zeroOutputForMask ? g.scalar(0) : previous);
      previous = output;
    }
    sequence.outputs.push_back(output);
  }
}

}  // namespace

Value Sequence::last() const { return outputs.empty() ? final : outputs.back(); }

Value Sequence::all(GraphBuilder& g, bool reversed) const {
  if (outputs.empty()) return reversed ? g.reverse(stacked, 1) : stacked;
  std::vector<Value> ordered = outputs;
  if (reversed) std::reverse(ordered.begin(), ordered.end());
  return g.stack(ordered, 1);
}

Sequence runSequence(LayerCall& call, const Value& x, const Value& mask, std::vector<Value> initial,
                     bool zeroOutputForMask) {
  GraphBuilder& g = call.graph;
  Sequence sequence;
  const bool chain = x.dim(1) >= 1 && x.dim(1) <= kMaxSteps;
  if (x.rank() < 3 || x.dim(1) == 0 || (!chain && !call.model.loop)) {
    call.fail("It runs over a sequence of shape " + shapeText(x.shape) + "; a known length of at most " +
              std::to_string(kMaxSteps) +
              " steps is needed. Save the model with an input of fixed length, or as a SavedModel, which keeps the loop.");
    return sequence;
  }
  if (call.flag("time_major")) call.fail("Its time_major is true, which is not supported.");
  const Json* cellSpec = call.find("cell");
  const Json* cellConfig = cellSpec ? member(*cellSpec, "config") : &call.config;
  std::string className = cellSpec ? std::string(textOf(member(*cellSpec, "class_name"))) : call.className;
  if (!cellConfig) return call.fail("Its cell cannot be read."), sequence;
  Value one = x;
  one.shape.erase(one.shape.begin() + 1);
  const std::string cellName(cellSpec ? textOf(member(*cellConfig, "name")) : std::string_view());
  auto cell = makeCell(call.inner("cell", cellName, std::move(className), *cellConfig), one);
  if (!cell || !g.status().ok()) return sequence;

  sequence.states = std::move(initial);
  if (!sequence.states.empty() && sequence.states.size() != cell->stateCount())
    call.fail("It is called with " + std::to_string(sequence.states.size()) + " initial states and has " +
              std::to_string(cell->stateCount()) + ".");
  sequence.states.resize(cell->stateCount());
  // One product for all steps where the cell allows it.
  const bool whole = cell->kind != CellKind::kConvLstm && cell->kind != CellKind::kStacked;
  const Value given = whole ? project(*cell, x) : x;
  if (!g.status().ok()) return sequence;
  if (chain) unroll(call, *cell, given, mask, zeroOutputForMask, sequence);
  else call.model.loop(call, *cell, given, mask, zeroOutputForMask, sequence);
  sequence.mask = mask;
  return sequence;
}

void recurrentLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const Value mask = call.operand(99, {"mask"}).value_or(call.masks.empty() ? Value{} : call.masks[0]);
  const Sequence sequence = runSequence(call, x, mask, initialStates(call), call.flag("zero_output_for_mask"));
  if (!g.status().ok()) return;
  const bool all = call.flag("return_sequences");
  call.give(all ? sequence.all(g, false) : sequence.last());
  if (all) call.outputMask = mask;
  if (call.flag("return_state")) call.outputs.insert(call.outputs.end(), sequence.states.begin(), sequence.states.end());
}

}  // namespace texflow
