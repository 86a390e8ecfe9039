// Functions called on symbolic values, which Keras 3 writes as if they were layers.
#include <algorithm>

#include "layers/layers.h"
#include "tfjs_parts.h"

namespace texflow {
namespace {

/// Which input an argument is; -1 for anything else.
int tensorIn(const Json* json) {
  const Json* index = json ? member(*json, "__tensor__") : nullptr;
  return index ? static_cast<int>(integerOf(*index).value_or(-1)) : -1;
}

const Json* argument(const Parts& p, std::size_t position, const char* key) {
  if (position < p.args.size()) return &p.args[position];
  const Json* value = member(p.config, key);
  return value && !value->is_null() ? value : nullptr;
}

/// "Matmul", or the function of a TFOpLambda: "math.multiply".
std::string operationOf(const Parts& p) { return p.className == "TFOpLambda" ? p.text("function", "") : p.className; }

void refuseOperation(Parts& p) {
  p.refuse("TensorFlow.js has no layer that does what the operation '" + operationOf(p) + "' does here.");
}

void arithmetic(Parts& p, std::string_view name) {
  const Json *a = argument(p, 0, "x1"), *b = argument(p, 1, "x2");
  const int x = tensorIn(a), y = tensorIn(b);
  const double number = x < 0 && a && a->is_number() ? a->get<double>() : b && b->is_number() ? b->get<double>() : 0;
  const bool numbers = (x < 0) != (y < 0) && ((x < 0 ? a : b) != nullptr) && (x < 0 ? a : b)->is_number();
  if ((x < 0 || y < 0) && !numbers) return refuseOperation(p);
  const PartTensor first = p.input(std::max(x, 0)), second = p.input(std::max(y, 0));
  if (name == "add") p.give(!numbers ? p.sum(first, second) : p.scaled(x < 0 ? second : first, 1, number));
  else if (name == "multiply") p.give(!numbers ? p.product(first, second) : p.scaled(x < 0 ? second : first, number));
  else if (name == "subtract" && !numbers) p.give(p.sum(first, p.scaled(second, -1)));
  else if (name == "subtract") p.give(x < 0 ? p.scaled(second, -1, number) : p.scaled(first, 1, -number));
  else if (numbers && y < 0 && number != 0) p.give(p.scaled(first, 1 / number));
  else refuseOperation(p);
}

void transpose(Parts& p) {
  std::vector<int> dims;
  const Json* axes = argument(p, 1, "axes");
  const auto rank = static_cast<int>(p.shape().size());
  for (int i = 0; i < rank; ++i) {
    const auto at = axes && axes->is_array() && axes->size() == p.shape().size()
                        ? integerOf((*axes)[static_cast<std::size_t>(i)]).value_or(-1)
                        : rank - 1 - i;
    if ((i == 0) != (at == 0) || at < 0 || at >= rank) return refuseOperation(p);
    if (i > 0) dims.push_back(static_cast<int>(at));
  }
  p.give(p.permute(p.input(), dims));
}

/// The mean along one axis: that becomes the second of three.
void mean(Parts& p) {
  const Json* axis = argument(p, 1, "axis");
  const Json* keep = argument(p, 2, "keepdims");
  const Json& only = axis && axis->is_array() && axis->size() == 1 ? (*axis)[0] : axis ? *axis : p.config;
  const Shape& in = p.shape();
  const int at = only.is_number_integer() ? normalAxis(only.get<std::int64_t>(), static_cast<int>(in.size())) : -1;
  if (at < 1 || std::count(in.begin() + 1, in.end(), -1) > 0) return refuseOperation(p);
  std::vector<int> order{at};
  std::vector<std::int64_t> target;
  std::int64_t rest = 1;
  for (int i = 1; i < static_cast<int>(in.size()); ++i) {
    const bool kept = keep && keep->is_boolean() && keep->get<bool>();
    if (i != at) order.push_back(i), rest *= in[static_cast<std::size_t>(i)];
    if (i != at || kept) target.push_back(i == at ? 1 : in[static_cast<std::size_t>(i)]);
  }
  PartTensor x = p.reshape(p.permute(p.input(), order), {in[static_cast<std::size_t>(at)], rest});
  x = p.add("GlobalAveragePooling1D", Json::object(), {x});
  if (target.empty()) return refuseOperation(p);
  p.give(p.reshape(x, target));
}

/// Slices with step 1 and indices, an axis at a time: it is the second of an image's.
void getItem(Parts& p) {
  const Json* key = argument(p, 1, "key");
  const Json list = key && key->is_array() ? *key : key ? Json::array({*key}) : Json::array();
  Shape in = p.shape();
  if (list.empty() || list.size() > in.size() || std::count(in.begin() + 1, in.end(), -1) > 0) return refuseOperation(p);
  std::vector<bool> dropped(in.size());
  PartTensor x = p.input();
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::int64_t from = 0, to = in[i];
    if (list[i].is_number_integer() && i > 0) {
      from = list[i].get<std::int64_t>();
      if (from < 0) from += in[i];
      to = from + 1;
      dropped[i] = true;
    } else if (const Json* slice = member(list[i], "config");
               slice && textOf(member(list[i], "class_name")) == "__slice__") {
      const auto bound = [&](const char* name, std::int64_t fallback) {
        const Json* value = member(*slice, name);
        if (!value || value->is_null()) return fallback;
        const std::int64_t at = integerOf(*value).value_or(0);
        return at < 0 ? at + std::max<std::int64_t>(in[i], 0) : std::min(at, in[i]);
      };
      if (bound("step", 1) != 1 || (i == 0 && (bound("start", 0) != 0 || bound("stop", in[0]) != in[0])))
        return refuseOperation(p);
      from = bound("start", 0);
      to = bound("stop", in[i]);
    } else {
      return refuseOperation(p);
    }
    if (i == 0 || (from == 0 && to == in[i])) continue;
    if (from < 0 || to > in[i] || from >= to) return refuseOperation(p);
    std::int64_t before = 1, after = 1;
    for (std::size_t d = 1; d < in.size(); ++d) (d < i ? before : after) *= d == i ? 1 : in[d];
    x = p.reshape(x, {before, in[i], after});
    x = p.add("Cropping2D",
              Json{{"cropping", Json::array({Json::array({0, 0}), Json::array({from, in[i] - to})})},
                   {"data_format", "channels_last"}},
              {x});
    in[i] = to - from;
  }
  std::vector<std::int64_t> target;
  for (std::size_t d = 1; d < in.size(); ++d)
    if (!dropped[d]) target.push_back(in[d]);
  if (target.empty()) return refuseOperation(p);
  p.give(p.reshape(x, target));
}

}  // namespace

void composeOperation(Parts& p) {
  const std::string operation = operationOf(p);
  const std::string name = activationName(operation.substr(operation.rfind('.') + 1));
  if (p.record.outputs.size() != 1 || p.shape().empty()) return refuseOperation(p);
  if (name == "add" || name == "subtract" || name == "multiply") return arithmetic(p, name);
  if (name == "divide" || name == "true_divide" || name == "truediv") return arithmetic(p, "divide");
  if (name == "transpose") return transpose(p);
  if (name == "mean") return mean(p);
  if (name == "get_item") return getItem(p);
  if (name == "softmax") return composeSoftmax(p);
  if (name == "identity") return p.give(p.activation(p.input(), "linear"));
  if (name == "negative") return p.give(p.scaled(p.input(), -1));
  if (name == "square") return p.give(p.product(p.input(), p.input()));
  if (name == "matmul") {
    const int x = tensorIn(argument(p, 0, "x1")), y = tensorIn(argument(p, 1, "x2"));
    if (x < 0 || y < 0 || p.shape(static_cast<std::size_t>(x)).size() != 3 ||
        p.shape(static_cast<std::size_t>(y)).size() != 3)
      return refuseOperation(p);
    return p.give(p.dot(p.input(x), p.input(y), 2, 1));
  }
  if (isOperation(operation)) {
    const Json* approximate = argument(p, 1, "approximate");
    const bool fast = name == "gelu" && approximate && approximate->is_boolean() && approximate->get<bool>();
    const PartTensor y = composeActivation(p, p.input(), fast ? "gelu_new" : name == "silu" ? "swish" : name);
    if (p.refusal.empty()) return p.give(y);
    p.refusal.clear();
    return refuseOperation(p);
  }
  p.refuse("TensorFlow.js has no layer class '" + p.className + "'.");
}

}  // namespace texflow
