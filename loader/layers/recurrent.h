// Recurrent layers as chains of steps, docs/decisions/0007.
#pragma once
#include "layers/layers.h"

namespace texflow {

/// What a recurrent layer computes, step by step in the order of processing.
struct Sequence {
  std::vector<Value> outputs;
  std::vector<Value> states;
  Value mask;
};

/// Unrolls the recurrent layer that the call describes. `initial` may be empty: zeros.
Sequence unroll(LayerCall& call, const Value& x, const Value& mask, std::vector<Value> initial, bool zeroOutputForMask);
/// The initial states among a call's arguments.
std::vector<Value> initialStates(LayerCall& call);

}  // namespace texflow
