#include "plan/merge_draws.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "plan/expression.h"

namespace texflow {
namespace {

// Samplers of a merged draw; 8 units always remain for the weights and the application.
constexpr std::size_t kMostInputs = 5;
// Names of parameter vectors in expressions (shaders/tensor.glsl); the last vector is K.
constexpr std::size_t kMostScalars = 4;

void declare(std::string& values, const std::string& name, const std::string& value) {
  values += (values.empty() ? "vec4 " : " vec4 ") + name + " = " + value + ";";
}

bool shiftedTooFar(const std::string& let) { return let.find("K" + std::to_string(kMostScalars)) != let.npos; }

/// How WRITE reads an operand: the texel at the output's place, one per channel block, or a scalar.
std::optional<std::string> fetchInWrite(const TextureLayout& layout, std::size_t index, const TextureLayout& output) {
  const std::string arguments = "(in" + std::to_string(index) + ", IN_LAYOUT(" + std::to_string(index) + ")";
  if (layout == output) return "sameTexel" + arguments + ", layer)";
  const bool single = layout.rows == 1 && layout.width == 1 && layout.textureHeight == 1;
  if (!single || output.stripesBlocks) return {};
  if (layout.channels == output.channels) return "channelTexel" + arguments + ")";
  if (layout.channels == 1) return "scalarTexel" + arguments + ")";
  return {};
}

}  // namespace

bool isElementwise(const DrawStep& draw) { return draw.kernel.name == "elementwise"; }

bool takesElementwise(const DrawStep& draw) {
  static const std::set<std::string> kernels{"conv1x1", "conv_k", "conv", "depthwise_k", "depthwise", "dense", "pool"};
  return isElementwise(draw) || kernels.count(draw.kernel.name) > 0;
}

bool isCommutative(std::string_view expression) { return expression == "a + b" || expression == "a * b"; }

void swapOperands(DrawStep& draw) {
  std::swap(draw.inputs[0], draw.inputs[1]);
  std::swap_ranges(draw.params.begin(), draw.params.begin() + 8, draw.params.begin() + 8);
}

std::optional<DrawStep> mergedDraw(const Plan& plan, const DrawStep& producer, DrawStep consumer, std::size_t operand) {
  const auto layoutOf = [&](int id) -> const TextureLayout& { return plan.tensors[static_cast<std::size_t>(id)].layout; };
  const bool chain = isElementwise(producer);
  DrawStep merged = producer;
  merged.output = consumer.output;
  merged.node = consumer.node;
  ElementwiseWork work = workOf(merged.kernel);
  const std::string before = std::exchange(work.expression, defineOf(consumer.kernel, "EXPR"));
  if (operand == 1 && isCommutative(work.expression)) {  // One program for both orders.
    swapOperands(consumer);
    operand = 0;
  }
  const bool scalars = readsScalars(work.expression);
  std::string value = "a";  // What the producer computes, as the consumer calls it.
  if (!before.empty()) {
    int count = 0;
    for (std::size_t at = 0; (at = work.lets.find("vec4 t", at)) != work.lets.npos; ++at) ++count;
    value = "t" + std::to_string(count);
    declare(work.lets, value, before);
    if (scalars) work.lets = withScalarsShifted(work.lets);
  }
  // Operand maps stand first in the parameters of elementwise draws, 8 floats each, then the scalars.
  std::vector<float> maps, tail = producer.params;
  if (chain) {
    const auto end = static_cast<std::ptrdiff_t>(8 * producer.inputs.size());
    maps.assign(tail.begin(), tail.begin() + end);
    tail.erase(tail.begin(), tail.begin() + end);
  }
  std::vector<std::string> names(consumer.inputs.size());
  for (std::size_t k = 0; k < consumer.inputs.size(); ++k) {
    if (k == operand) {
      names[k] = value;
      continue;
    }
    const float* map = consumer.params.data() + 8 * k;
    std::size_t at = chain ? 0 : 1;
    while (at < merged.inputs.size() &&
           (merged.inputs[at] != consumer.inputs[k] || (chain && !std::equal(map, map + 8, maps.data() + 8 * at))))
      ++at;
    if (at == merged.inputs.size()) {
      merged.inputs.push_back(consumer.inputs[k]);
      if (chain) {
        maps.insert(maps.end(), map, map + 8);
      } else {
        const TextureLayout &layout = layoutOf(consumer.inputs[k]), &output = layoutOf(consumer.output);
        const auto fetch = fetchInWrite(layout, at, output);
        if (!fetch) return {};
        declare(layout == output ? work.lets : work.shared, operandName(at), *fetch);
      }
    }
    names[k] = operandName(at);
  }
  if (merged.inputs.size() > kMostInputs) return {};
  work.expression = renameIdentifiers(work.expression, [&](const std::string& word) {
    const bool isOperand = word.size() == 1 && word[0] >= 'a' && word[0] < 'a' + static_cast<char>(names.size());
    return isOperand ? names[static_cast<std::size_t>(word[0] - 'a')] : word;
  });
  tail.resize((tail.size() + 3) / 4 * 4);
  if (scalars) {
    if (shiftedTooFar(work.lets)) return {};
    const float* own = consumer.params.data() + 8 * consumer.inputs.size();
    tail.insert(tail.end(), own, own + 4);
  }
  maps.insert(maps.end(), tail.begin(), tail.end());
  merged.params = std::move(maps);
  setWork(merged.kernel, work);
  return merged;
}

}  // namespace texflow
