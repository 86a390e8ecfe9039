#include "ops/epilogue.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/array.h"

namespace texflow {
namespace {

/// Whether the values broadcast along the end of `output`: one value, or its trailing dimensions.
bool isSuffix(const Shape& shape, const Shape& output) {
  std::size_t skip = 0;
  while (skip < shape.size() && shape[skip] == 1) ++skip;
  const std::size_t rank = shape.size() - skip;
  if (rank > output.size()) return false;
  return std::equal(shape.begin() + static_cast<std::ptrdiff_t>(skip), shape.end(),
                    output.end() - static_cast<std::ptrdiff_t>(rank));
}

Status takeArguments(std::span<const TensorInfo> inputs, const char* what, int first, int count, const Shape& output,
                     bool perChannel) {
  for (int i = first; i < first + count; ++i) {
    if (i >= static_cast<int>(inputs.size())) {
      return Status::invalid(std::string("fused op ") + what + " needs input " + std::to_string(i) + " but the node has " +
                             std::to_string(inputs.size()) + " inputs.");
    }
    const TensorInfo& input = inputs[static_cast<std::size_t>(i)];
    const bool fits = isSuffix(input.shape, output) &&
                      (!perChannel || elementCount(input.shape) == 1 || elementCount(input.shape) == output.back());
    if (input.dtype != DType::kFloat32 || !fits) {
      return Status::invalid(std::string("argument ") + std::to_string(i) + " of fused op " + what + " is " +
                             std::string(dtypeName(input.dtype)) + shapeText(input.shape) +
                             ", which does not fit the output " + shapeText(output) + ".");
    }
  }
  return {};
}

float activate(Activation activation, float x, float alpha) {
  switch (activation) {
    case Activation::kNone: return x;
    case Activation::kRelu: return x < 0 ? 0.0F : x;
    case Activation::kRelu6: return x < 0 ? 0.0F : x > 6 ? 6.0F : x;
    case Activation::kElu: return x < 0 ? std::expm1(x) : x;
    case Activation::kLeakyRelu:
    case Activation::kPrelu: return x < 0 ? alpha * x : x;
    case Activation::kSigmoid: return 1.0F / (1.0F + std::exp(-x));
    case Activation::kTanh: return std::tanh(x);
  }
  return x;
}

}  // namespace

Result<Epilogue> epilogueOf(const Node& node, std::span<const TensorInfo> inputs, int firstArgument, const Shape& output) {
  Epilogue epilogue;
  epilogue.epsilon = static_cast<float>(node.attrs.number("epsilon", 1e-4));
  epilogue.leak = static_cast<float>(node.attrs.number("leakyrelu_alpha", 0.2));
  const auto* names = node.attrs.find<std::vector<std::string>>("fused_ops");
  if (!names) return epilogue;
  int next = firstArgument;
  for (const std::string& name : *names) {
    if (name == "NoOp") continue;  // In place of a bias, where there is none.
    const bool late = epilogue.activation != Activation::kNone;
    if ((name == "BiasAdd" || name == "FusedBatchNorm") && !late && epilogue.bias < 0 && epilogue.batchNorm < 0) {
      const int count = name == "BiasAdd" ? 1 : 4;
      TEXFLOW_TRY(takeArguments(inputs, name.c_str(), next, count, output, true));
      (count == 1 ? epilogue.bias : epilogue.batchNorm) = next;
      next += count;
    } else if (name == "Prelu" && !late) {
      // A slope per pixel would have to follow the tensor's own order, which the epilogue no longer sees.
      const bool channelsFirst = node.attrs.get<std::string>("data_format", "NHWC") == "NCHW";
      TEXFLOW_TRY(takeArguments(inputs, "Prelu", next, 1, output, channelsFirst));
      epilogue.alpha = next++;
      epilogue.activation = Activation::kPrelu;
    } else if (name == "Relu" && !late) {
      epilogue.activation = Activation::kRelu;
    } else if (name == "Relu6" && !late) {
      epilogue.activation = Activation::kRelu6;
    } else if (name == "Elu" && !late) {
      epilogue.activation = Activation::kElu;
    } else if (name == "LeakyRelu" && !late) {
      epilogue.activation = Activation::kLeakyRelu;
    } else if (name == "Sigmoid" && !late) {
      epilogue.activation = Activation::kSigmoid;
    } else if (name == "Tanh" && !late) {
      epilogue.activation = Activation::kTanh;
    } else {
      return Status::unsupported("fused_ops entry '" + name + "' is not supported at its place.");
    }
  }
  return epilogue;
}

Status applyFusedOps(const Node& node, std::span<const Tensor> inputs, int firstArgument, Tensor& output) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_ASSIGN(const Epilogue epilogue, epilogueOf(node, infos, firstArgument, output.shape()));
  if (output.size() == 0 || output.dtype() != DType::kFloat32) return {};
  const std::int64_t channels = output.shape().back(), pixels = output.size() / channels;
  float* values = output.mutableData<float>();
  const auto at = [&](int input, std::int64_t i) {
    const Tensor& tensor = inputs[static_cast<std::size_t>(input)];
    return tensor.data<float>()[i % tensor.size()];
  };
  if (epilogue.bias >= 0 || epilogue.batchNorm >= 0) {
    std::vector<float> scale(static_cast<std::size_t>(channels), 1.0F), bias(scale.size());
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      if (epilogue.batchNorm >= 0) {
        scale[i] = at(epilogue.batchNorm, c) / std::sqrt(at(epilogue.batchNorm + 3, c) + epilogue.epsilon);
        bias[i] = at(epilogue.batchNorm + 1, c) - at(epilogue.batchNorm + 2, c) * scale[i];
      } else {
        bias[i] = at(epilogue.bias, c);
      }
    }
    for (std::int64_t p = 0; p < pixels; ++p) {
      float* row = values + p * channels;
      for (std::size_t c = 0; c < scale.size(); ++c) row[c] = row[c] * scale[c] + bias[c];
    }
  }
  if (epilogue.activation == Activation::kNone) return {};
  for (std::int64_t i = 0; i < output.size(); ++i) {
    values[i] = activate(epilogue.activation, values[i], epilogue.alpha >= 0 ? at(epilogue.alpha, i) : epilogue.leak);
  }
  return {};
}

Result<FoldedEpilogue> foldedEpilogueOf(const Node& node, std::span<const TensorInfo> inputs, int firstArgument,
                                        const Shape& output, std::int64_t channels) {
  TEXFLOW_ASSIGN(const Epilogue epilogue, epilogueOf(node, inputs, firstArgument, output));
  return foldEpilogue(epilogue, inputs, channels);
}

Result<FoldedEpilogue> foldEpilogue(const Epilogue& epilogue, std::span<const TensorInfo> inputs, std::int64_t channels) {
  const int first = epilogue.batchNorm >= 0 ? epilogue.batchNorm : epilogue.bias;
  const int count = epilogue.batchNorm >= 0 ? 4 : epilogue.bias >= 0 ? 1 : 0;
  for (int i = 0; i < count + 1; ++i) {
    const int index = i < count ? first + i : epilogue.alpha;
    if (index < 0) continue;
    const TensorInfo& input = inputs[static_cast<std::size_t>(index)];
    if (!input.value) return Status::unsupported("the arguments of fused_ops are not constant.");
    if (input.value->size() != channels && input.value->size() != 1) {
      return Status::unsupported("input " + std::to_string(index) + " of fused_ops is not one value a channel.");
    }
  }
  const auto at = [&](int input, std::size_t c) {
    const Tensor& tensor = *inputs[static_cast<std::size_t>(input)].value;
    return tensor.data<float>()[tensor.size() == 1 ? 0 : c];
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  FoldedEpilogue folded;
  folded.low = -kInfinity;
  folded.high = kInfinity;
  const auto size = static_cast<std::size_t>(channels);
  folded.scale.assign(size, 1.0F);
  folded.bias.assign(size, 0.0F);
  folded.alpha.assign(size, epilogue.activation == Activation::kLeakyRelu ? epilogue.leak : 1.0F);
  for (std::size_t c = 0; c < size; ++c) {
    if (epilogue.batchNorm >= 0) {
      folded.scale[c] = at(epilogue.batchNorm, c) / std::sqrt(at(epilogue.batchNorm + 3, c) + epilogue.epsilon);
      folded.bias[c] = at(epilogue.batchNorm + 1, c) - at(epilogue.batchNorm + 2, c) * folded.scale[c];
    }
    if (epilogue.bias >= 0) folded.bias[c] = at(epilogue.bias, c);
    if (epilogue.alpha >= 0) folded.alpha[c] = at(epilogue.alpha, c);
  }
  switch (epilogue.activation) {
    case Activation::kRelu6: folded.high = 6; [[fallthrough]];
    case Activation::kRelu: folded.low = 0; break;
    case Activation::kElu: folded.act = 1; break;
    case Activation::kSigmoid: folded.act = 2; break;
    case Activation::kTanh: folded.act = 3; break;
    default: break;
  }
  return folded;
}

}  // namespace texflow
