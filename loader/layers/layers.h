// What layer functions share, and the functions themselves for the table.
#pragma once
#include "layers/layer.h"

namespace texflow {

Value softmaxAlong(GraphBuilder& graph, const Value& x, int axis);
Value namedActivation(LayerCall& call, const Value& x, std::string_view name);
/// The name in snake case, without a package before it.
std::string activationName(std::string_view written);
Value generalRelu(GraphBuilder& graph, const Value& x, double slope, double threshold, std::optional<double> maximum);
/// x resized to height x width of the dimensions given ("nearest", "bilinear", ...).
Value resizeImage(LayerCall& call, const Value& x, const Dim& height, const Dim& width, const std::string& interpolation);
/// x at the index that is the call's second argument.
void takeItem(LayerCall& call, const Value& x);
/// Logical "and" of masks along the value; empty ones count as all true.
Value bothMasks(GraphBuilder& graph, const Value& a, const Value& b);
/// x as a matrix times the rest, for values of any rank: the last axis against a matrix.
Value denseProduct(GraphBuilder& graph, const Value& x, const Value& kernel);

// Several lines may name one function: redeclaring it is allowed.
#define LAYER(name, function, ...) void function(LayerCall& call);
#include "layers/layer_table.def"
#undef LAYER

}  // namespace texflow
