#include <cstring>
#include <functional>
#include <unordered_map>

#include "passes/pass.h"

namespace texflow {
namespace {

/// Larger constants are compared by nobody: finding two equal ones is rare and reading them all is not.
constexpr std::size_t kMaxSharedBytes = 1 << 16;

template <class T>
void append(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void append(std::string& key, const std::string& text) {
  append(key, text.size());
  key += text;
}

void appendTensor(std::string& key, const Tensor& tensor) {
  append(key, tensor.dtype());
  append(key, tensor.shape().size());
  for (const std::int64_t dim : tensor.shape()) append(key, dim);
  if (tensor.dtype() == DType::kString) {
    for (std::int64_t i = 0; i < tensor.size(); ++i) append(key, tensor.data<std::string>()[i]);
  } else {
    key.append(tensor.data<char>(), tensor.bytes());
  }
}

struct AttrKey {
  std::string& key;
  void operator()(const std::string& value) const { append(key, value); }
  void operator()(const Tensor& value) const { appendTensor(key, value); }
  template <class T>
  void operator()(const std::vector<T>& values) const {
    append(key, values.size());
    for (const T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(const T& value) const {
    append(key, value);
  }
};

/// Equal for nodes that compute the same.
std::string keyOf(const Node& node) {
  std::string key;
  append(key, node.op);
  if (node.op == "Const") {
    appendTensor(key, node.value);
    return key;
  }
  for (const Port& port : node.inputs) append(key, port);
  for (const auto& [name, value] : node.attrs.all()) {
    if (name.starts_with('_')) continue;
    append(key, name);
    append(key, value.index());
    std::visit(AttrKey{key}, value);
  }
  return key;
}

}  // namespace

Status shareSubexpressions(Rewriter& graph, const ConvertOptions&) {
  std::unordered_map<std::string, int> seen;
  const int count = graph.size();
  for (int i = 0; i < count; ++i) {
    const Node& node = graph.node(i);
    if (node.op == "NoOp" || !graph.isPure(i) || graph.isOutput(i)) continue;
    if (node.op == "Const" && node.value.dtype() != DType::kString && node.value.bytes() > kMaxSharedBytes) continue;
    const auto [first, isNew] = seen.emplace(keyOf(node), i);
    if (isNew || (node.op == "Const" && graph.isFunction())) continue;
    // Multi-output nodes: every slot that is read.
    std::vector<int> slots;
    for (const int reader : graph.readers(i))
      for (const Port& port : graph.node(reader).inputs)
        if (port.node == i) slots.push_back(port.slot);
    for (const int slot : slots) graph.replace({i, slot}, {first->second, slot});
  }
  return {};
}

}  // namespace texflow
