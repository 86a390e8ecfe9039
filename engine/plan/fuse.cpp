#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "plan/pad_node.h"
#include "plan/plan.h"

namespace texflow {
namespace {

/// A convolution or matrix product that may still take a scale, a bias or an activation.
struct Product {
  const char* fusedOp;
  std::int64_t channels;      ///< Of the output.
  std::size_t arguments = 2;  ///< Inputs before those of fused_ops; the filter is the second.
};

class Fuser {
 public:
  Fuser(Graph& graph, const std::vector<Port>& outputs) : graph_(graph), uses_(graph.nodes.size(), 0) {
    for (const Node& node : graph.nodes)
      for (const Port& port : node.inputs) uses_[static_cast<std::size_t>(port.node)] += port.slot == 0 ? 1 : kNever;
    for (const Port& port : outputs)
      if (port.node >= 0) uses_[static_cast<std::size_t>(port.node)] += kNever;
  }

  void run() {
    const std::size_t count = graph_.nodes.size();
    for (std::size_t i = 0; i < count; ++i) takeClamp(graph_.nodes[i]);
    for (std::size_t i = 0; i < count; ++i) {
      takePadding(graph_.nodes[i]);
      fuseInto(static_cast<int>(i));
    }
  }

 private:
  static constexpr int kNever = 1000;  // Counts as many consumers: the value must stay visible.
  // TensorFlow has no name for one with fused_ops; here it takes the attribute under its own.
  static constexpr const char* kTransposed = "Conv2DBackpropInput";

  Node& node(int index) { return graph_.nodes[static_cast<std::size_t>(index)]; }
  const Tensor* constant(const Port& port) {
    const Node& source = node(port.node);
    return source.op == "Const" && source.value.dtype() == DType::kFloat32 ? &source.value : nullptr;
  }
  int addConstant(Tensor value, const std::string& name) {
    Node fresh;
    fresh.name = name;
    fresh.op = "Const";
    fresh.attrs.set("dtype", DType::kFloat32);
    fresh.value = std::move(value);
    graph_.nodes.push_back(std::move(fresh));
    return static_cast<int>(graph_.nodes.size()) - 1;
  }

  /// A window over a zero-padded image pads the image itself (Keras writes ZeroPadding2D before strided convolutions).
  void takePadding(Node& window) {
    static const std::set<std::string> kWindows{"Conv2D", "_FusedConv2D", "DepthwiseConv2dNative",
                                                "FusedDepthwiseConv2dNative"};
    if (!kWindows.count(window.op) || window.inputs.empty() || window.inputs[0].slot != 0) return;
    if (window.attrs.get<std::string>("padding", "") != "VALID") return;
    if (window.attrs.get<std::string>("data_format", "NHWC") != "NHWC") return;
    const Node& pad = node(window.inputs[0].node);
    const auto padding = paddingOf(graph_, pad);
    if (!padding || (*padding)[0] || (*padding)[1] || (*padding)[6] || (*padding)[7]) return;
    window.attrs.set("padding", std::string("EXPLICIT"));
    window.attrs.set("explicit_paddings", std::vector<std::int64_t>(padding->begin(), padding->end()));
    const Port image = pad.inputs[0];
    --uses_[static_cast<std::size_t>(window.inputs[0].node)];
    ++uses_[static_cast<std::size_t>(image.node)];
    window.inputs[0] = image;
  }

  // A scalar constant input of a node with two inputs, and which of them it is.
  std::optional<std::pair<float, std::size_t>> scalarOperand(const Node& of) {
    for (std::size_t i = 0; i < 2 && of.inputs.size() == 2; ++i) {
      const Tensor* value = of.inputs[i].slot == 0 ? constant(of.inputs[i]) : nullptr;
      if (value && value->shape().empty()) return std::pair{value->data<float>()[0], i};
    }
    return {};
  }

  /// Maximum with 0 of Minimum with 6, in either order and after Relu or not, is Relu6, which products take.
  void takeClamp(Node& outer) {
    const bool lowest = outer.op == "Maximum";
    if (!lowest && outer.op != "Minimum") return;
    const auto first = scalarOperand(outer);
    if (!first || first->first != (lowest ? 0.0f : 6.0f)) return;
    const Port from = outer.inputs[1 - first->second];
    const Node& inner = node(from.node);
    if (inner.op != (lowest ? "Minimum" : "Maximum") || from.slot != 0 || uses_[static_cast<std::size_t>(from.node)] != 1)
      return;
    const auto second = scalarOperand(inner);
    if (!second || second->first != (lowest ? 6.0f : 0.0f)) return;
    Port value = inner.inputs[1 - second->second];
    uses_[static_cast<std::size_t>(from.node)] = 0;  // The outer node is the value's reader in its place.
    const Node& relu = node(value.node);
    if (relu.op == "Relu" && value.slot == 0 && relu.inputs.size() == 1 &&
        uses_[static_cast<std::size_t>(value.node)] == 1) {
      uses_[static_cast<std::size_t>(value.node)] = 0;
      value = relu.inputs[0];
    }
    outer.op = "Relu6";
    outer.inputs = {value};
  }

  std::optional<Product> product(const Node& of) {
    const bool conv = of.op == "Conv2D" || of.op == "_FusedConv2D";
    const bool depthwise = of.op == "DepthwiseConv2dNative" || of.op == "FusedDepthwiseConv2dNative";
    const bool matmul = of.op == "MatMul" || of.op == "_FusedMatMul";
    const bool transposed = of.op == kTransposed;
    if ((!conv && !depthwise && !matmul && !transposed) || of.inputs.size() < 2) return {};
    if (of.attrs.get<std::string>("data_format", "NHWC") != "NHWC") return {};
    const Tensor* filter = constant(of.inputs[1]);
    if (!filter || filter->shape().size() != (matmul ? 2u : 4u)) return {};
    for (const std::string& fused : fusedOps(of))
      if (fused != "BiasAdd") return {};
    const Shape& shape = filter->shape();
    if (matmul) return Product{"_FusedMatMul", of.attrs.get<bool>("transpose_b", false) ? shape[0] : shape[1]};
    if (conv) return Product{"_FusedConv2D", shape[3]};
    if (transposed) return Product{kTransposed, shape[2], 3};
    return Product{"FusedDepthwiseConv2dNative", shape[2] * shape[3]};
  }

  static std::vector<std::string> fusedOps(const Node& of) {
    std::vector<std::string> ops = of.attrs.get<std::vector<std::string>>("fused_ops", {});
    std::erase(ops, "NoOp");
    return ops;
  }

  // One value per channel, from a constant that broadcasts along channels only.
  static std::optional<std::vector<float>> perChannel(const Tensor& tensor, std::int64_t channels, std::size_t rank) {
    if (tensor.shape().size() > rank) return {};
    const bool vector = !tensor.shape().empty() && tensor.shape().back() == channels && tensor.size() == channels;
    if (!vector && tensor.size() != 1) return {};
    std::vector<float> values(static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = tensor.data<float>()[vector ? i : 0];
    return values;
  }

  void fuseInto(int index) {
    if (node(index).inputs.empty()) return;
    int at = 0;
    if (node(index).inputs.size() >= 2 && constant(node(index).inputs[0]) && !constant(node(index).inputs[1])) at = 1;
    const Port source = node(index).inputs[static_cast<std::size_t>(at)];
    if (source.slot != 0 || uses_[static_cast<std::size_t>(source.node)] != 1) return;
    const auto found = product(node(source.node));
    if (!found) return;
    const std::string op = node(index).op;
    const std::int64_t channels = found->channels;
    const std::size_t rank = found->fusedOp == std::string_view("_FusedMatMul") ? 2 : 4;
    const auto other = [&]() -> std::optional<std::vector<float>> {
      const Tensor* tensor = constant(node(index).inputs[static_cast<std::size_t>(1 - at)]);
      return tensor ? perChannel(*tensor, channels, rank) : std::nullopt;
    };
    const std::vector<float> ones(static_cast<std::size_t>(channels), 1.0f), zeros(static_cast<std::size_t>(channels), 0.0f);
    if ((op == "Relu" || op == "Relu6" || op == "LeakyRelu")) {
      activate(index, source.node, *found, op, {});
    } else if (op == "Prelu" && at == 0 && node(index).inputs.size() == 2 && other()) {
      activate(index, source.node, *found, op, node(index).inputs[1]);
    } else if (node(index).inputs.size() == 2 && (op == "BiasAdd" || op == "Add" || op == "AddV2")) {
      if (op == "BiasAdd" && node(index).attrs.get<std::string>("data_format", "NHWC") != "NHWC") return;
      if (const auto bias = other()) affine(index, source.node, *found, ones, *bias);
    } else if (node(index).inputs.size() == 2 && op == "Sub" && at == 0) {
      if (auto bias = other()) {
        for (float& value : *bias) value = -value;
        affine(index, source.node, *found, ones, *bias);
      }
    } else if (node(index).inputs.size() == 2 && op == "Mul") {
      if (const auto scale = other()) affine(index, source.node, *found, *scale, zeros);
    } else if (op.rfind("FusedBatchNorm", 0) == 0 && at == 0) {
      batchNorm(index, source.node, *found);
    }
  }

  void batchNorm(int index, int source, const Product& found) {
    const Node norm = node(index);
    if (norm.inputs.size() != 5 || norm.attrs.get<bool>("is_training", true) || rankOf(found) != 4) return;
    if (norm.attrs.get<std::string>("data_format", "NHWC") != "NHWC") return;
    std::vector<float> p[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const Tensor* tensor = constant(norm.inputs[i + 1]);
      if (!tensor || tensor->size() != found.channels) return;
      p[i].assign(tensor->data<float>(), tensor->data<float>() + tensor->size());
    }
    const double epsilon = norm.attrs.number("epsilon", 1e-4);
    std::vector<float> scale(p[0].size()), offset(p[0].size());
    for (std::size_t i = 0; i < scale.size(); ++i) {
      const double s = static_cast<double>(p[0][i]) / std::sqrt(static_cast<double>(p[3][i]) + epsilon);
      scale[i] = static_cast<float>(s);
      offset[i] = static_cast<float>(static_cast<double>(p[1][i]) - static_cast<double>(p[2][i]) * s);
    }
    affine(index, source, found, scale, offset);
  }

  // The filter times the scales of its channels, which change after every `run` elements.
  static Tensor scaledFilter(const Tensor& filter, const std::vector<float>& scale, std::int64_t run) {
    if (!filter.hasValues()) return Tensor::deferred(DType::kFloat32, filter.shape());
    Tensor product(DType::kFloat32, filter.shape());
    const float* from = filter.data<float>();
    float* to = product.mutableData<float>();
    // Loops, because divisions to find the channel took ten times as long as the products; runs of one element are a loop
    // that compilers turn into instructions on vectors.
    const std::size_t channels = scale.size();
    for (const float* const end = from + filter.size(); from != end;)
      if (run == 1) {
        for (std::size_t c = 0; c < channels; ++c) to[c] = from[c] * scale[c];
        from += channels;
        to += channels;
      } else {
        for (const float channelScale : scale)
          for (std::int64_t i = 0; i < run; ++i) *to++ = *from++ * channelScale;
      }
    return product;
  }

  static std::size_t rankOf(const Product& found) { return found.fusedOp == std::string_view("_FusedMatMul") ? 2 : 4; }

  // y = product * scale + offset, folded into the filter and the bias.
  void affine(int index, int source, const Product& found, const std::vector<float>& scale,
              const std::vector<float>& offset) {
    const Node from = node(source);
    const bool hasBias = !fusedOps(from).empty();
    const Tensor* oldBias = hasBias ? constant(from.inputs[found.arguments]) : nullptr;
    if (hasBias && (!oldBias || oldBias->size() != found.channels)) return;
    const Tensor filter = *constant(from.inputs[1]);
    const bool scaled = std::any_of(scale.begin(), scale.end(), [](float value) { return value != 1.0f; });
    std::vector<Port> inputs(from.inputs.begin(), from.inputs.begin() + static_cast<std::ptrdiff_t>(found.arguments));
    if (scaled) {
      const bool rows = from.op == kTransposed || (rankOf(found) == 2 && from.attrs.get<bool>("transpose_b", false));
      const std::int64_t run = rows ? filter.shape().back() : 1;
      // When it is uploaded: the filter may not have arrived yet.
      const auto make = [filter, scale, run] { return scaledFilter(filter, scale, run); };
      inputs[1] = {addConstant(Tensor::deferred(DType::kFloat32, filter.shape(), make), node(index).name + "/scaled_filter"),
                   0};
    }
    Tensor bias(DType::kFloat32, {found.channels});
    for (std::size_t i = 0; i < offset.size(); ++i)
      bias.mutableData<float>()[i] = (oldBias ? oldBias->data<float>()[i] * scale[i] : 0.0f) + offset[i];
    inputs.push_back({addConstant(std::move(bias), node(index).name + "/bias"), 0});
    become(index, from, found, std::move(inputs), {"BiasAdd"});
  }

  void activate(int index, int source, const Product& found, const std::string& op, std::optional<Port> alpha) {
    const Node from = node(source);
    std::vector<std::string> ops = fusedOps(from);
    std::vector<Port> inputs(from.inputs.begin(),
                             from.inputs.begin() + static_cast<std::ptrdiff_t>(found.arguments + ops.size()));
    ops.push_back(op);
    if (alpha) inputs.push_back(*alpha);
    const double leaky = node(index).attrs.number("alpha", 0.2);
    become(index, from, found, inputs, ops);
    if (op == "LeakyRelu") node(index).attrs.set("leakyrelu_alpha", leaky);
  }

  void become(int index, const Node& from, const Product& found, std::vector<Port> inputs, std::vector<std::string> ops) {
    Node& target = node(index);
    target.op = found.fusedOp;
    target.attrs = from.attrs;
    target.attrs.set("num_args", static_cast<std::int64_t>(inputs.size() - found.arguments));
    target.attrs.set("fused_ops", std::move(ops));
    target.inputs = std::move(inputs);
  }

  Graph& graph_;
  std::vector<int> uses_;
};

}  // namespace

Graph fuse(const Graph& graph, const std::vector<Port>& outputs) {
  Graph fused = graph;
  Fuser(fused, outputs).run();
  return fused;
}

}  // namespace texflow
