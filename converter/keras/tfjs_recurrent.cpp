// GRUs with reset_after, and stacks of cells, as LSTMs and other layers that TensorFlow.js has.
//
// A GRU with reset_after makes of its state h and an input x
//   z = sigmoid(xWz + hUz + bz)   r = sigmoid(xWr + hUr + br)   h' = z h + (1 - z) tanh(xWh + b + r (hUh + c)).
// TensorFlow.js has r (hUh) only as (r h) Uh. But an LSTM with a linear activation computes c' = f c + i l and h' = o c',
// where f, i, o are sigmoids of sums and l is a sum. Every step becomes three, told apart by three more inputs, and the
// state three blocks:
//   step 1: A = r (hUh + c)            i = r, l = hUh + c
//   step 2: B = sigmoid(2(xWh + b + A))  i = that, l = 1; tanh(y) is 2 sigmoid(2y) - 1
//   step 3: h' = z h + (1 - z)(2B - 1)  f = z, i = 1 - z, l = 2B - 1
// Gates that are to be 0 or 1 get a sum so large that the sigmoid is exactly that.
#include <algorithm>

#include "layers/layers.h"
#include "tfjs_parts.h"

namespace texflow {
namespace {

constexpr double kClosed = 1e4;

struct Gru {
  Tensor kernel, recurrent, bias;  ///< [in, 3u], [u, 3u], [2, 3u]
  std::int64_t in = 0, units = 0;
};

Gru readGru(Parts& p, const std::string& prefix, const Json& config) {
  const auto isTrue = [&](const char* key, bool fallback) {
    const Json* value = member(config, key);
    return value && value->is_boolean() ? value->get<bool>() : fallback;
  };
  const auto is = [&](const char* key, const char* usual) {
    const std::string name = plainActivation(member(config, key));
    return name == usual || (name.empty() && !member(config, key));
  };
  // Weights of thousands would leave nothing of the others.
  p.exact = true;
  Gru gru{p.weight(prefix + "kernel", 2), p.weight(prefix + "recurrent_kernel", 2), {}};
  gru.in = gru.kernel.shape()[0];
  gru.units = gru.recurrent.shape()[0];
  gru.bias = isTrue("use_bias", true) ? p.weight(prefix + "bias", 2) : Tensor(DType::kFloat32, {2, 3 * gru.units});
  if (!is("activation", "tanh") || !is("recurrent_activation", "sigmoid"))
    p.refuse("TensorFlow.js has no GRU with reset_after, and only that with tanh and sigmoid can be written otherwise.");
  if (p.refusal.empty() && (gru.kernel.shape()[1] != 3 * gru.units || gru.recurrent.shape()[1] != 3 * gru.units ||
                            gru.bias.shape() != Shape{2, 3 * gru.units}))
    p.refuse("Its weights do not fit each other.");
  return gru;
}

/// Kernel and recurrent kernel of the LSTM. Its gates are i, f, l, o; its blocks A, B, h. `reversed`: the three steps of one
/// input come in the other order.
std::pair<Tensor, Tensor> lstmWeights(const Gru& gru, bool reversed) {
  const std::int64_t u = gru.units, in = gru.in, columns = 12 * u;
  Tensor kernel(DType::kFloat32, {in + 3, columns}), recurrent(DType::kFloat32, {3 * u, columns});
  const float *w = gru.kernel.data<float>(), *r = gru.recurrent.data<float>(), *b = gru.bias.data<float>();
  const auto column = [&](int gate, int block, std::int64_t j) { return gate * 3 * u + block * u + j; };
  const auto put = [&](Tensor& to, std::int64_t row, std::int64_t at, double value) {
    to.mutableData<float>()[row * columns + at] = static_cast<float>(value);
  };
  for (std::int64_t j = 0; j < u; ++j) {
    const auto stepRow = [&](int step) { return in + (reversed ? 2 - step : step); };
    const auto everyStep = [&](std::int64_t at, double first, double second, double third) {
      put(kernel, stepRow(0), at, first);
      put(kernel, stepRow(1), at, second);
      put(kernel, stepRow(2), at, third);
    };
    const std::int64_t z = j, reset = u + j, n = 2 * u + j, three = 3 * u;
    for (std::int64_t i = 0; i < in; ++i) {
      put(kernel, i, column(0, 0, j), w[i * three + reset]);
      put(kernel, i, column(0, 1, j), 2.0 * w[i * three + n]);
      put(kernel, i, column(0, 2, j), -w[i * three + z]);
      put(kernel, i, column(1, 2, j), w[i * three + z]);
    }
    for (std::int64_t i = 0; i < u; ++i) {
      put(recurrent, 2 * u + i, column(0, 0, j), r[i * three + reset]);
      put(recurrent, 2 * u + i, column(0, 2, j), -r[i * three + z]);
      put(recurrent, 2 * u + i, column(1, 2, j), r[i * three + z]);
      put(recurrent, 2 * u + i, column(2, 0, j), r[i * three + n]);
    }
    put(recurrent, j, column(0, 1, j), 2);
    put(recurrent, u + j, column(2, 2, j), 2);
    everyStep(column(0, 0, j), static_cast<double>(b[reset]) + b[three + reset], -kClosed, -kClosed);
    everyStep(column(0, 1, j), -kClosed, 2.0 * b[n], -kClosed);
    const double update = static_cast<double>(b[z]) + b[three + z];
    everyStep(column(0, 2, j), -kClosed, -kClosed, -update);
    everyStep(column(1, 0, j), -kClosed, -kClosed, -kClosed);
    everyStep(column(1, 1, j), -kClosed, -kClosed, -kClosed);
    everyStep(column(1, 2, j), kClosed, kClosed, update);
    everyStep(column(2, 0, j), b[three + n], 0, 0);
    everyStep(column(2, 1, j), 1, 1, 1);
    everyStep(column(2, 2, j), 0, 0, -1);
    for (int block = 0; block < 3; ++block) everyStep(column(3, block, j), kClosed, kClosed, kClosed);
  }
  return {std::move(kernel), std::move(recurrent)};
}

/// Every step three times, with a one for its number; numbered the other way where the LSTM runs backwards.
PartTensor threeSteps(Parts& p, const PartTensor& x, std::int64_t steps, std::int64_t in, bool reversed) {
  const std::int64_t wide = in + 3;
  const Tensor kernel = matrix(in, 3 * wide, [&](std::int64_t i, std::int64_t j) { return j % wide == i ? 1 : 0; });
  std::vector<double> marks(static_cast<std::size_t>(3 * wide));
  for (std::int64_t step = 0; step < 3; ++step)
    marks[static_cast<std::size_t>(step * wide + in + (reversed ? 2 - step : step))] = 1;
  const Tensor bias = vectorOf(marks);
  return p.reshape(p.dense(x, kernel, &bias), {steps < 0 ? -1 : 3 * steps, wide});
}

/// The u columns from `at` on, of `width`.
Tensor pick(std::int64_t width, std::int64_t u, std::int64_t at, double factor = 1) {
  return matrix(width, u, [&](std::int64_t i, std::int64_t j) { return i == at + j ? factor : 0; });
}

Json lstmConfig(const Parts& p, std::int64_t units, bool sequences) {
  return Json{{"units", units},
              {"activation", "linear"},
              {"recurrent_activation", "sigmoid"},
              {"use_bias", false},
              {"unit_forget_bias", false},
              {"implementation", 2},
              {"return_sequences", sequences},
              {"return_state", false},
              {"stateful", p.flag("stateful")}};
}

/// The GRU on x; more outputs for the state where asked.
void gruParts(Parts& p, const PartTensor& x, std::int64_t steps, const Gru& gru, bool sequences, bool state, bool backwards,
              const PartTensor* initial) {
  const std::int64_t u = gru.units;
  auto [kernel, recurrent] = lstmWeights(gru, false);
  Json config = lstmConfig(p, 3 * u, sequences);
  config["go_backwards"] = backwards;
  config["return_state"] = state;
  std::vector<PartTensor> inputs{threeSteps(p, x, steps, gru.in, backwards)};
  if (initial) {
    const PartTensor start =
        p.dense(*initial, matrix(u, 3 * u, [&](std::int64_t i, std::int64_t j) { return j == 2 * u + i ? 1 : 0; }));
    inputs.insert(inputs.end(), {start, start});
  }
  const PartTensor lstm = p.add("LSTM", std::move(config), std::move(inputs),
                                {{"kernel", std::move(kernel)}, {"recurrent_kernel", std::move(recurrent)}});
  if (sequences) p.give(p.dense(p.reshape(lstm, {steps, 9 * u}), pick(9 * u, u, 8 * u)));
  else p.give(p.dense(lstm, pick(3 * u, u, 2 * u)));
  if (state) p.outputs.push_back(p.dense({lstm.part, 1}, pick(3 * u, u, 2 * u)));
}

}  // namespace

void composeGru(Parts& p) {
  const Gru gru = readGru(p, "", p.config);
  if (!p.refusal.empty()) return;
  if (p.shape().size() != 3 || p.record.inputs.size() > 2 || p.flag("time_major"))
    return p.refuse("TensorFlow.js has no GRU with reset_after.");
  // A state is the second input, however it is passed.
  const PartTensor state = p.input(1);
  const bool started = p.record.inputs.size() == 2 || p.keywords.contains("initial_state");
  gruParts(p, p.input(), p.dim(1), gru, p.flag("return_sequences"), p.flag("return_state"), p.flag("go_backwards"),
           started ? &state : nullptr);
}

void composeBidirectional(Parts& p) {
  const Json& config = p.config["layer"]["config"];
  std::string inner(textOf(member(config, "name")));
  if (inner.starts_with("forward_")) inner = inner.substr(8);
  const auto isTrue = [&](const char* key) {
    const Json* value = member(config, key);
    return value && value->is_boolean() && value->get<bool>();
  };
  if (p.shape().size() != 3 || p.record.inputs.size() != 1 || !p.keywords.empty() || isTrue("return_state") ||
      isTrue("go_backwards") || isTrue("time_major"))
    return p.refuse("TensorFlow.js has no GRU with reset_after.");
  const Gru ahead = readGru(p, "forward_" + inner + "/", config);
  const Gru back = readGru(p, "backward_" + inner + "/", config);
  if (!p.refusal.empty()) return;
  if (back.units != ahead.units || back.in != ahead.in) return p.refuse("The weights of its halves do not fit each other.");
  const std::int64_t u = ahead.units, steps = p.dim(1);
  const bool sequences = isTrue("return_sequences");
  auto [kernel, recurrent] = lstmWeights(ahead, false);
  auto [backKernel, backRecurrent] = lstmWeights(back, true);
  Json lstm = lstmConfig(p, 3 * u, sequences);
  lstm["stateful"] = isTrue("stateful");
  lstm["name"] = "lstm";
  PartTensor y =
      p.add("Bidirectional", Json{{"layer", Json{{"class_name", "LSTM"}, {"config", lstm}}}, {"merge_mode", "concat"}},
            {threeSteps(p, p.input(), steps, ahead.in, false)},
            {{"forward_lstm/kernel", std::move(kernel)},
             {"forward_lstm/recurrent_kernel", std::move(recurrent)},
             {"backward_lstm/kernel", std::move(backKernel)},
             {"backward_lstm/recurrent_kernel", std::move(backRecurrent)}});
  // The last of three steps: of the second half, whose sequence is turned back, the first.
  const std::int64_t width = sequences ? 18 * u : 6 * u, first = sequences ? 14 * u : 2 * u, second = 5 * u;
  if (sequences) y = p.reshape(y, {steps, width});
  const Json* modeJson = member(p.config, "merge_mode");
  const std::string mode = modeJson && modeJson->is_null() ? "" : p.text("merge_mode", "concat");
  if (mode == "concat") {
    p.give(p.dense(y, matrix(width, 2 * u, [&](std::int64_t i, std::int64_t j) {
                     return i == (j < u ? first + j : second + j - u) ? 1 : 0;
                   })));
  } else if (mode == "sum" || mode == "ave") {
    const double factor = mode == "sum" ? 1 : 0.5;
    p.give(p.dense(y, matrix(width, u, [&](std::int64_t i, std::int64_t j) {
                     return i == first + j || i == second + j ? factor : 0;
                   })));
  } else {
    const PartTensor a = p.dense(y, pick(width, u, first)), b = p.dense(y, pick(width, u, second));
    if (mode == "mul") p.give(p.product(a, b));
    else p.outputs = {a, b};
  }
}

/// RNN with a list of cells is one layer a cell.
void composeCells(Parts& p) {
  const Json& cell = p.config["cell"];
  const bool stacked = textOf(member(cell, "class_name")) == "StackedRNNCells";
  const Json* config = member(cell, "config");
  const Json* list = config ? member(*config, "cells") : nullptr;
  const Json cells = stacked && list && list->is_array() ? *list : Json::array({cell});
  const std::string outer = stacked && config ? std::string(textOf(member(*config, "name"))) : std::string();
  if (p.shape().size() != 3 || p.record.inputs.size() != 1 || !p.keywords.empty() || (stacked && p.flag("return_state")) ||
      p.flag("time_major") || (stacked && p.flag("stateful")))
    return p.refuse("TensorFlow.js does not load the weights of a " + std::string(textOf(member(cell, "class_name"))) + ".");
  const std::int64_t steps = p.dim(1);
  PartTensor x = p.input();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string className(textOf(member(cells[i], "class_name")));
    const Json* inner = member(cells[i], "config");
    if (!inner) return p.refuse("Its cell " + excerpt(cells[i]) + " cannot be read.");
    const std::string cellName(textOf(member(*inner, "name")));
    const std::string prefix = (outer.empty() ? "" : outer + "/") + (cellName.empty() ? "" : cellName + "/");
    const bool last = i + 1 == cells.size(), sequences = !last || p.flag("return_sequences");
    const bool backwards = i == 0 && p.flag("go_backwards");
    const Json* after = member(*inner, "reset_after");
    if (className == "GRUCell" && (after && after->is_boolean() ? after->get<bool>() : p.kerasMajor >= 3)) {
      const Gru gru = readGru(p, prefix, *inner);
      if (!p.refusal.empty()) return;
      gruParts(p, x, steps, gru, sequences, last && p.flag("return_state"), backwards, nullptr);
      x = p.outputs[0];
      continue;
    }
    if (className != "LSTMCell" && className != "SimpleRNNCell" && className != "GRUCell")
      return p.refuse("TensorFlow.js has no recurrent cell '" + className + "'.");
    Json layer = *inner;
    layer["return_sequences"] = sequences;
    layer["go_backwards"] = backwards;
    const Json* useBias = member(*inner, "use_bias");
    std::vector<std::pair<std::string, Tensor>> weights{{"kernel", p.weight(prefix + "kernel", 2)},
                                                        {"recurrent_kernel", p.weight(prefix + "recurrent_kernel", 2)}};
    if (!useBias || !useBias->is_boolean() || useBias->get<bool>())
      weights.emplace_back("bias", p.weight(prefix + "bias", 1));
    const std::string layerClass = className.substr(0, className.size() - 4);
    x = p.add(layerClass.c_str(), std::move(layer), {x}, std::move(weights));
    p.give(x);
  }
}

}  // namespace texflow
