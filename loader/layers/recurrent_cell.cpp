#include "layers/recurrent_cell.h"

#include <algorithm>
#include <map>

#include "layers/dialects.h"

namespace texflow {
namespace {

std::optional<Cell> stackedCell(LayerCall call, const Value& x) {
  GraphBuilder& g = call.graph;
  Cell stacked{call, CellKind::kStacked, 0, {}, {}, {}, {}, {}};
  const Json* cells = call.find("cells");
  if (!cells || !cells->is_array() || cells->empty() || cells->size() > 64) {
    g.fail("Its cell holds no list of cells.");
    return std::nullopt;
  }
  Value input = x;
  std::map<std::string, int> seen;
  for (const Json& item : *cells) {
    const Json* config = member(item, "config");
    const std::string className(textOf(member(item, "class_name")));
    if (!config || className == "StackedRNNCells") {
      g.fail("The cell " + excerpt(item) + " cannot be read.");
      return std::nullopt;
    }
    const std::string path = numberedPath(className, seen);
    auto cell =
        makeCell(call.inner("cells/" + path, std::string(textOf(member(*config, "name"))), className, *config), input);
    if (!cell) return std::nullopt;
    stacked.units = cell->units;
    input.shape.back() = cell->units;
    stacked.cells.push_back(std::move(*cell));
  }
  return stacked;
}

Value convolve(Cell& cell, const Value& x, const Value& kernel, bool input) {
  LayerCall& call = cell.call;
  GraphBuilder& g = call.graph;
  const auto size = call.ints("kernel_size", 2, 1);
  auto strides = call.ints("strides", 2, 1), dilations = call.ints("dilation_rate", 2, 1);
  if (!input) strides = {1, 1}, dilations = {1, 1};
  const bool same = !input || call.samePadding();
  Shape shape{x.dim(0)};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t in = x.dim(static_cast<int>(i) + 1), stride = std::max<std::int64_t>(strides[i], 1);
    shape.push_back(in < 0 ? -1 : same ? (in + stride - 1) / stride : (in - (size[i] - 1) * dilations[i] - 1) / stride + 1);
  }
  shape.push_back(kernel.dim(-1));
  return g.node("Conv2D", {x, kernel}, DType::kFloat32, shape,
                {{"strides", std::vector<std::int64_t>{1, strides[0], strides[1], 1}},
                 {"padding", same ? "SAME" : "VALID"},
                 {"data_format", "NHWC"},
                 {"dilations", std::vector<std::int64_t>{1, dilations[0], dilations[1], 1}}});
}

}  // namespace

std::optional<Cell> makeCell(LayerCall call, const Value& x) {
  GraphBuilder& g = call.graph;
  const std::string name = call.className.substr(0, call.className.rfind("Cell"));
  if (call.className == "StackedRNNCells") return stackedCell(std::move(call), x);
  CellKind kind = CellKind::kSimple;
  if (name == "LSTM") kind = CellKind::kLstm;
  else if (name == "GRU") kind = CellKind::kGru;
  else if (name == "ConvLSTM2D" || name == "ConvLSTM") kind = CellKind::kConvLstm;
  else if (name != "SimpleRNN") {
    g.fail("The recurrent cell '" + call.className + "' is not known; save the model as a SavedModel and convert that.");
    return std::nullopt;
  }
  Cell cell{std::move(call), kind, 0, {}, {}, {}, {}, {}};
  LayerCall& own = cell.call;
  const bool convolution = kind == CellKind::kConvLstm;
  const std::int64_t units = cell.units = own.integer(convolution ? "filters" : "units", -1);
  const std::int64_t gates = kind == CellKind::kSimple ? 1 : kind == CellKind::kGru ? 3 : 4;
  Shape kernel{x.dim(-1), units * gates}, recurrent{units, units * gates};
  if (convolution) {
    const auto size = own.ints("kernel_size", 2, 1);
    kernel.insert(kernel.begin(), size.begin(), size.end());
    recurrent.insert(recurrent.begin(), size.begin(), size.end());
  }
  cell.kernel = own.weight("kernel", kernel);
  cell.recurrent = own.weight("recurrent_kernel", recurrent);
  if (!own.flag("use_bias", true)) return cell;
  if (kind == CellKind::kGru && own.flag("reset_after", own.model.kerasMajor >= 3)) {
    const Value both = own.weight("bias", {2, units * gates});
    const auto rows = g.unstack(both, 0);
    if (rows.size() == 2) cell.bias = rows[0], cell.recurrentBias = rows[1];
  } else {
    cell.bias = own.weight("bias", {units * gates});
  }
  return cell;
}

Value project(Cell& cell, const Value& x) {
  GraphBuilder& g = cell.call.graph;
  const Value product = cell.kind == CellKind::kConvLstm ? convolve(cell, x, cell.kernel, true) : g.matmul(x, cell.kernel);
  return cell.bias ? addBias(g, product, cell.bias) : product;
}

Value step(Cell& cell, const Value& projected, std::span<Value> states) {
  LayerCall& call = cell.call;
  GraphBuilder& g = call.graph;
  if (cell.kind == CellKind::kStacked) {
    Value x = projected;
    std::size_t at = 0;
    for (Cell& inner : cell.cells) {
      const std::size_t count = inner.stateCount();
      x = step(inner, project(inner, x), states.subspan(at, count));
      at += count;
    }
    return x;
  }
  Value& h = states[0];
  const auto recurrent = [&](const Value& state, const Value& kernel) {
    return cell.kind == CellKind::kConvLstm ? convolve(cell, state, kernel, false) : g.matmul(state, kernel);
  };
  if (cell.kind == CellKind::kSimple) {
    const Value sum = h ? g.binary("AddV2", projected, recurrent(h, cell.recurrent)) : projected;
    return h = call.activated(sum, "activation", "tanh");
  }
  const auto gate = [&](const Value& x) {
    return call.activated(x, "recurrent_activation",
                          call.model.kerasMajor < 2 || cell.kind == CellKind::kConvLstm ? "hard_sigmoid" : "sigmoid");
  };
  const auto candidate = [&](const Value& x) { return call.activated(x, "activation", "tanh"); };
  if (cell.kind == CellKind::kGru) {
    const auto x = g.split(projected, 3, -1);
    const bool after = call.flag("reset_after", call.model.kerasMajor >= 3);
    Value z = x[0], r = x[1], n = x[2];
    if (after && (h || cell.recurrentBias)) {
      Value inner = h ? recurrent(h, cell.recurrent) : cell.recurrentBias;
      if (h && cell.recurrentBias) inner = addBias(g, inner, cell.recurrentBias);
      const auto parts = g.split(inner, 3, -1);
      z = gate(g.binary("AddV2", z, parts[0]));
      r = gate(g.binary("AddV2", r, parts[1]));
      n = candidate(g.binary("AddV2", n, g.binary("Mul", r, parts[2])));
    } else if (h) {
      const auto kernels = g.split(cell.recurrent, 3, -1);
      z = gate(g.binary("AddV2", z, recurrent(h, kernels[0])));
      r = gate(g.binary("AddV2", r, recurrent(h, kernels[1])));
      n = candidate(g.binary("AddV2", n, recurrent(g.binary("Mul", r, h), kernels[2])));
    } else {
      z = gate(z);
      n = candidate(n);
    }
    const Value fresh = g.binary("Mul", g.binary("Sub", g.scalar(1), z), n);
    return h = h ? g.binary("AddV2", g.binary("Mul", z, h), fresh) : fresh;
  }
  Value& c = states[1];
  const Value sum = h ? g.binary("AddV2", projected, recurrent(h, cell.recurrent)) : projected;
  const auto parts = g.split(sum, 4, -1);
  const Value fresh = g.binary("Mul", gate(parts[0]), candidate(parts[2]));
  c = c ? g.binary("AddV2", g.binary("Mul", gate(parts[1]), c), fresh) : fresh;
  return h = g.binary("Mul", gate(parts[3]), candidate(c));
}

}  // namespace texflow
