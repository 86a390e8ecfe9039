// Recurrent layers as chains of steps or as loops, docs/decisions/0007.
#pragma once
#include "layers/layers.h"

namespace texflow {

struct Cell;

/// What a recurrent layer computes, in the order of processing.
struct Sequence {
  std::vector<Value> outputs;  ///< Of each step, where the layer became a chain.
  Value stacked, final;        ///< All outputs [batch, time, ...] and the last, where it became a loop.
  std::vector<Value> states;
  Value mask;

  Value last() const;
  /// [batch, time, ...], the last step first where `reversed`.
  Value all(GraphBuilder& graph, bool reversed) const;
};

/// The recurrent layer that the call describes. `initial` may be empty: zeros.
Sequence runSequence(LayerCall& call, const Value& x, const Value& mask, std::vector<Value> initial, bool zeroOutputForMask);
/// The same as a loop of TensorFlow's control flow, for sequences of unknown or great length. x is what the cell takes a
/// step of; sequence.states are the initial states, empty ones zeros.
void loop(LayerCall& call, Cell& cell, const Value& x, const Value& mask, bool zeroOutputForMask, Sequence& sequence);
/// The initial states among a call's arguments.
std::vector<Value> initialStates(LayerCall& call);

}  // namespace texflow
