// Convolutions and matrix products with constant weights: what a factor or a sum per channel can go into.
#pragma once
#include <optional>
#include <vector>

#include "passes/rewriter.h"

namespace texflow {

/// An op that is linear in its weights, and the bias after it, if any.
struct Linear {
  int op = -1;
  int bias = -1;         ///< The BiasAdd or Add behind `op`, which nothing else reads; -1: none.
  Tensor biasValue;      ///< Of shape [channels], where there is a bias.
  std::size_t axis = 0;  ///< Of the weights: its elements, together with those of the next `axes` - 1, are the channels.
  std::size_t axes = 1;
  std::int64_t channels = 0;
};

/// The op that makes `port`, when `reader` is all that reads it. Channels are last, weights are constant float32.
std::optional<Linear> linearBefore(const Rewriter& graph, const Port& port, int reader);
/// The same for an op itself, without a bias.
std::optional<Linear> linearOf(const Rewriter& graph, int op);
/// The elements of a float32 constant that has one value for each of so many channels, the last dimension, or one for all.
std::optional<std::vector<float>> perChannel(const Tensor* tensor, std::int64_t channels);
/// The constant of a BiasAdd, or of an Add that does the same, and the input it is added to.
std::optional<std::pair<Port, std::vector<float>>> biasOf(const Rewriter& graph, int index, std::int64_t channels);
/// Multiplies the weights of each channel; the op reads a new constant from then on.
void scaleWeights(Rewriter& graph, const Linear& linear, const std::vector<double>& factors);

}  // namespace texflow
