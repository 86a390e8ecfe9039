// Layers around another layer.
#include <algorithm>

#include "layers/recurrent.h"

namespace texflow {
namespace {

struct Wrapped {
  const Json* config = nullptr;
  std::string className, name;
};

Wrapped wrapped(LayerCall& call, const char* key) {
  const Json* layer = call.find(key);
  Wrapped inner;
  if (layer) inner.config = member(*layer, "config");
  if (!inner.config) return inner;
  inner.className = textOf(member(*layer, "class_name"));
  inner.name = textOf(member(*inner.config, "name"));
  return inner;
}

}  // namespace

void bidirectionalLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  Wrapped forward = wrapped(call, "layer"), backward = wrapped(call, "backward_layer");
  if (!forward.config) return call.fail("Its layer cannot be read.");
  // Without a backward layer of its own the forward layer's config runs the other way.
  Json reversed = backward.config ? *backward.config : *forward.config;
  if (!backward.config) {
    backward = forward;
    reversed["go_backwards"] = !(member(reversed, "go_backwards") && reversed["go_backwards"] == true);
    if (forward.name.starts_with("forward_")) backward.name = forward.name.substr(8);
  }
  const auto named = [](const std::string& prefix, const std::string& name) {
    return name.starts_with(prefix) ? name : prefix + name;
  };
  LayerCall ahead = call.inner("forward_layer", named("forward_", forward.name), forward.className, *forward.config);
  LayerCall back = call.inner("backward_layer", named("backward_", backward.name), backward.className, reversed);
  const Value mask = call.operand(99, {"mask"}).value_or(call.masks.empty() ? Value{} : call.masks[0]);
  std::vector<Value> initial = initialStates(call),
                     initialBack(initial.begin() + static_cast<std::ptrdiff_t>(initial.size() / 2), initial.end());
  initial.resize(initial.size() / 2);

  const bool all = ahead.flag("return_sequences");
  const bool zeros = all || ahead.flag("zero_output_for_mask");
  const Sequence first = runSequence(ahead, x, mask, initial, zeros);
  const Sequence second = runSequence(back, x, mask, initialBack, zeros);
  if (!g.status().ok()) return;
  Value a = all ? first.all(g, false) : first.last(), b = all ? second.all(g, true) : second.last();
  if (all) {
    call.outputMask = mask;
  }
  const Json* modeJson = member(call.config, "merge_mode");
  const std::string mode = modeJson && modeJson->is_null() ? "" : call.text("merge_mode", "concat");
  if (mode == "concat") call.give(g.concat({a, b}, -1));
  else if (mode == "sum") call.give(g.binary("AddV2", a, b));
  else if (mode == "mul") call.give(g.binary("Mul", a, b));
  else if (mode == "ave") call.give(g.binary("Mul", g.binary("AddV2", a, b), 0.5));
  else if (mode.empty()) call.outputs = {a, b};
  else call.fail("Its merge_mode is '" + mode + "'; concat, sum, mul, ave and None are supported.");
  if (!ahead.flag("return_state")) return;
  call.outputs.insert(call.outputs.end(), first.states.begin(), first.states.end());
  call.outputs.insert(call.outputs.end(), second.states.begin(), second.states.end());
}

void timeDistributedLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  const Wrapped layer = wrapped(call, "layer");
  if (!layer.config) return call.fail("Its layer cannot be read.");
  if (x.rank() < 2) return call.fail("Its input has the shape " + shapeText(x.shape) + ", which has no time.");
  // All steps are one batch.
  std::vector<Dim> together{x.dim(0) >= 0 && x.dim(1) >= 0 ? Dim(x.dim(0) * x.dim(1)) : Dim(-1)};
  for (int i = 2; i < x.rank(); ++i) together.push_back(g.dim(x, i));
  LayerCall inner = call.inner("layer", {}, layer.className, *layer.config);
  inner.inputs = {g.reshape(x, together)};
  inner.masks = {Value{}};
  lowerLayer(inner);
  if (!g.status().ok()) return;
  for (Value& output : inner.outputs) {
    // The batch is left open where that is the only unknown size.
    bool known = x.dim(1) >= 0;
    for (int i = 1; i < output.rank(); ++i) known = known && output.dim(i) >= 0;
    std::vector<Dim> apart{known ? Dim(x.dim(0)) : g.dim(x, 0), g.dim(x, 1)};
    for (int i = 1; i < output.rank(); ++i) apart.push_back(g.dim(output, i));
    call.outputs.push_back(g.reshape(output, apart));
  }
}

}  // namespace texflow
