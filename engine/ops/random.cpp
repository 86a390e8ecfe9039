// Random numbers. A seed gives those that TensorFlow.js draws from it: its generator is Alea by Johannes Baagøe.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

class Alea {
 public:
  explicit Alea(const std::string& seed) {
    Mash mash;
    for (double& s : state_) s = mash(" ");
    for (double& s : state_) {
      s -= mash(seed);
      if (s < 0) s += 1;
    }
  }
  /// In [0, 1).
  double operator()() {
    const double t = 2091639 * state_[0] + carry_ * kUnit;
    state_[0] = state_[1];
    state_[1] = state_[2];
    carry_ = std::floor(t);
    return state_[2] = t - carry_;
  }

 private:
  static constexpr double kUnit = 2.3283064365386963e-10;  // 2^-32

  /// Spreads text over the unit interval.
  class Mash {
   public:
    double operator()(const std::string& text) {
      for (const char c : text) {
        n_ += static_cast<unsigned char>(c);
        double h = 0.02519603282416938 * n_;
        n_ = low(h);
        h -= n_;
        h *= n_;
        n_ = low(h);
        h -= n_;
        n_ += h * 4294967296.0;
      }
      return low(n_) * kUnit;
    }

   private:
    static double low(double x) { return std::fmod(std::floor(x), 4294967296.0); }
    double n_ = 4022871197.0;
  };

  double state_[3];
  double carry_ = 1;
};

Alea generatorOf(const Node& node) {
  double seed = node.attrs.number("seed", 0);
  if (seed == 0) seed = node.attrs.number("seed2", 0);
  if (seed == 0) {
    // Unseeded: other numbers in every run.
    static std::atomic<std::int64_t> calls{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return Alea(std::to_string(now) + "/" + std::to_string(++calls));
  }
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17g", seed);
  for (int precision = 1; precision < 17; ++precision) {  // The shortest that reads back, as JavaScript writes numbers.
    std::snprintf(digits, sizeof digits, "%.*g", precision, seed);
    if (std::strtod(digits, nullptr) == seed) break;
  }
  return Alea(digits);
}

/// Normal numbers by the polar method, two at a time; truncated ones stay within two deviations.
class Normal {
 public:
  Normal(Alea& uniform, bool truncated) : uniform_(uniform), truncated_(truncated) {}
  float operator()() {
    if (hasNext_) {
      hasNext_ = false;
      return static_cast<float>(next_);
    }
    while (true) {
      double a = 0, b = 0, s = 0;
      do {
        a = 2 * uniform_() - 1;
        b = 2 * uniform_() - 1;
        s = a * a + b * b;
      } while (s >= 1 || s == 0);
      const double scale = std::sqrt(-2 * std::log(s) / s);
      if (!allowed(a * scale)) continue;
      hasNext_ = allowed(b * scale);
      next_ = b * scale;
      return static_cast<float>(a * scale);
    }
  }

 private:
  bool allowed(double x) const { return !truncated_ || (x >= -2 && x <= 2); }
  Alea& uniform_;
  bool truncated_;
  bool hasNext_ = false;
  double next_ = 0;
};

}  // namespace

Result<std::vector<TensorInfo>> randomShape(const Node& node, std::span<const TensorInfo> inputs) {
  const bool ints = node.op == "RandomUniformInt";
  TEXFLOW_TRY(expectInputCount(inputs, ints ? 3 : 1));
  TEXFLOW_ASSIGN(Shape shape, intsOperand(inputs, 0, "shape"));
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    TEXFLOW_TRY(expectOperandDType(inputs[i], "limit", {DType::kInt32}));
    if (elementCount(inputs[i].shape) != 1) return Status::invalid("The limits must be scalars.");
  }
  return oneOutput(ints ? DType::kInt32 : DType::kFloat32, std::move(shape));
}

Result<std::vector<Tensor>> randomHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, randomShape(node, infosOf(inputs)));
  Tensor output(infos[0].dtype, infos[0].shape);
  Alea uniform = generatorOf(node);
  if (node.op == "RandomUniformInt") {
    const double low = inputs[1].number(0), high = inputs[2].number(0);
    if (!(low < high))
      return Status::invalid("There is no number from " + std::to_string(low) + " to below " + std::to_string(high) + ".");
    for (std::int64_t i = 0; i < output.size(); ++i)
      output.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(std::floor(low + uniform() * (high - low)));
    return std::vector<Tensor>{std::move(output)};
  }
  Normal normal(uniform, node.op == "TruncatedNormal");
  for (std::int64_t i = 0; i < output.size(); ++i)
    output.mutableData<float>()[i] =
        node.op == "RandomUniform" ? std::min(static_cast<float>(uniform()), 0.99999994F) : normal();
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> multinomialShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "logits", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "logits", 2));
  TEXFLOW_ASSIGN(const std::int64_t samples, intOperand(inputs, 1, "num_samples"));
  if (inputs[0].shape[1] < 1)
    return Status::invalid("There are no classes in logits of " + shapeText(inputs[0].shape) + ".");
  return oneOutput(DType::kInt32, {inputs[0].shape[0], samples});
}

Result<std::vector<Tensor>> multinomialHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, multinomialShape(node, infosOf(inputs)));
  Tensor output(DType::kInt32, infos[0].shape);
  const std::int64_t classes = inputs[0].shape()[1], samples = output.shape()[1];
  Alea uniform = generatorOf(node);
  const Alea start = uniform;
  const bool seeded = node.attrs.number("seed", 0) != 0 || node.attrs.number("seed2", 0) != 0;
  for (std::int64_t row = 0; row < output.shape()[0]; ++row) {
    const float* logits = inputs[0].data<float>() + row * classes;
    const float most = *std::max_element(logits, logits + classes);
    std::vector<double> sums;
    for (std::int64_t c = 0; c < classes; ++c)
      sums.push_back((c > 0 ? sums.back() : 0) + std::exp(static_cast<double>(logits[c]) - static_cast<double>(most)));
    if (seeded) uniform = start;  // TensorFlow.js seeds every row alike.
    for (std::int64_t i = 0; i < samples; ++i) {
      const double r = uniform() * sums.back();
      const auto found = std::upper_bound(sums.begin(), sums.end() - 1, r);
      output.mutableData<std::int32_t>()[row * samples + i] = static_cast<std::int32_t>(found - sums.begin());
    }
  }
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
