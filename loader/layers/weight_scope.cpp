#include "layers/weight_scope.h"

#include <algorithm>

namespace texflow {
namespace {

const std::vector<int> kNone;

std::string_view lastComponent(std::string_view name) { return name.substr(name.rfind('/') + 1); }

/// Whether `name` holds `part` as whole components.
bool holds(std::string_view name, std::string_view part) {
  for (std::size_t at = name.find(part); at != std::string_view::npos; at = name.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if ((at == 0 || name[at - 1] == '/') && (end == name.size() || name[end] == '/')) return true;
  }
  return false;
}

}  // namespace

WeightTable::WeightTable(std::span<const StoredWeight> weights)
    : weights_(weights), values_(weights.size()), nodes_(weights.size(), -1), uses_(weights.size()) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const StoredWeight& weight = weights[i];
    const int index = static_cast<int>(i);
    exact_.emplace(weight.name, index);
    byRole_[std::string(lastComponent(weight.name))].push_back(index);
    if (!weight.group.empty()) byGroup_[weight.group].push_back(index);
    byPath_ = byPath_ || weight.name.find("/vars/") != std::string::npos;
  }
}

int WeightTable::findExact(const std::string& name) const {
  const auto found = exact_.find(name);
  return found == exact_.end() ? -1 : found->second;
}

const std::vector<int>& WeightTable::called(const std::string& role) const {
  const auto found = byRole_.find(role);
  return found == byRole_.end() ? kNone : found->second;
}

const std::vector<int>& WeightTable::inGroup(const std::string& group) const {
  const auto found = byGroup_.find(group);
  return found == byGroup_.end() ? kNone : found->second;
}

Value WeightTable::use(GraphBuilder& graph, int index, Use by) {
  const auto at = static_cast<std::size_t>(index);
  if (values_[at]) return values_[at];
  const StoredWeight& weight = weights_[at];
  values_[at] = graph.pending(byPath_ ? by.name : weight.name, weight.dtype, weight.shape);
  nodes_[at] = values_[at].port.node;
  uses_[at] = std::move(by);
  return values_[at];
}

WeightScope WeightScope::child(const std::string& attribute, const std::string& name) const {
  WeightScope inner = *this;
  inner.path_ = path_.empty() ? attribute : path_ + "/" + attribute;
  if (!name.empty()) inner.names_.push_back(name);
  return inner;
}

WeightScope WeightScope::layer(const std::string& attribute, const std::string& name) const {
  WeightScope inner = child(attribute, name);
  inner.base_ = inner.names_.size() - 1;
  return inner;
}

std::string WeightScope::nameOf(const std::string& role) const {
  std::string name;
  for (std::size_t i = base_; i < names_.size(); ++i) name += names_[i] + "/";
  return name + role;
}

int WeightScope::find(const std::string& role, int ordinal) const {
  if (table_->byPath()) {
    const std::string end = "/vars/" + std::to_string(ordinal);
    const std::size_t last = path_.rfind('/') + 1;
    // Some attributes are private in Keras 2, "layers/attention/_query_dense".
    for (const std::string& path :
         {path_, "_layer_checkpoint_dependencies/" + path_, path_.substr(0, last) + "_" + path_.substr(last)})
      if (const int found = table_->findExact(path + end); found >= 0) return found;
    return -1;
  }
  if (names_.empty()) return -1;
  const auto weights = table_->weights();
  const auto fits = [&](int index) {
    const std::string& group = weights[static_cast<std::size_t>(index)].group;
    return group.empty() || group == names_.front();
  };
  if (const int found = table_->findExact(names_.back() + "/" + role); found >= 0 && names_.size() == 1 && fits(found))
    return found;
  // The weight of that name whose path names the most of the layers around this one, the innermost in any case.
  int best = -1, bestScore = 0;
  for (const int index : table_->called(role)) {
    const std::string_view name = weights[static_cast<std::size_t>(index)].name;
    if (!fits(index) || name.size() <= role.size()) continue;
    const std::string_view owner = name.substr(0, name.size() - role.size() - 1);
    if (!holds(owner, names_.back())) continue;
    int score = 1;
    for (const std::string& outer : names_) score += holds(owner, outer) ? 2 : 0;
    if (owner.size() >= names_.back().size() && owner.substr(owner.size() - names_.back().size()) == names_.back()) ++score;
    if (score > bestScore) bestScore = score, best = index;
  }
  if (best >= 0) return best;
  // Names that do not fit (Keras 1, renamed layers): the order in the layer's own group counts.
  const auto& group = table_->inGroup(names_.front());
  if (names_.size() == 1 && ordinal < static_cast<int>(group.size())) return group[static_cast<std::size_t>(ordinal)];
  return -1;
}

}  // namespace texflow
