// The parts of the HDF5 file format specification, version 3.0, that lead from a group to its members: III.A.1 (trees of
// version 1), III.B (symbol tables), III.D (local heaps) and IV.A.2.r (symbol table messages).
#include "h5_groups.h"

#include "h5_headers.h"

namespace texflow {
namespace {

constexpr int kDeepestTree = 32;
constexpr std::uint64_t kSymbolicLink = 2;

/// What is behind a signature of four letters at an address.
std::optional<H5Cursor> structure(std::string_view file, std::uint64_t address, std::string_view signature) {
  if (address >= file.size() || file.substr(address, 4) != signature) return std::nullopt;
  return H5Cursor(file.substr(address + 4));
}

/// The names of a group, each ended by a zero.
std::string_view heapAt(std::string_view file, std::uint64_t address) {
  auto heap = structure(file, address, "HEAP");
  if (!heap) return {};
  heap->take(4);  // Version.
  const std::uint64_t size = heap->take(8);
  heap->take(8);  // Free list.
  const std::uint64_t data = heap->take(8);
  return heap->failed() || data > file.size() ? std::string_view() : file.substr(data, size);
}

}  // namespace

void H5Groups::readTree(std::uint64_t node, std::string_view names, int depth, Members& to) {
  if (nodesLeft_ == 0 || depth > kDeepestTree) return;
  --nodesLeft_;
  if (auto table = structure(file_, node, "SNOD")) {
    table->take(2);  // Version.
    const std::uint64_t count = table->take(2);
    if (count > nodesLeft_) return;
    nodesLeft_ -= count;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t name = table->take(8), header = table->take(8), kind = table->take(4);
      table->take(20);
      if (table->failed()) return;
      if (kind == kSymbolicLink || name >= names.size()) continue;
      const std::string_view text = names.substr(name);
      to.headers.emplace(text.substr(0, text.find('\0')), header);
    }
    return;
  }
  auto tree = structure(file_, node, "TREE");
  if (!tree || tree->take(1) != 0) return;
  tree->take(1);  // Level.
  const std::uint64_t count = tree->take(2);
  tree->take(16);  // Siblings.
  for (std::uint64_t i = 0; i < count && !tree->failed(); ++i) {
    tree->take(8);  // Key.
    readTree(tree->take(8), names, depth + 1, to);
  }
}

const H5Groups::Members& H5Groups::membersOf(std::uint64_t group) {
  const auto entry = groups_.try_emplace(group);
  Members& members = entry.first->second;
  if (!entry.second) return members;
  bool hasTable = false;
  const bool known = visitH5Messages(file_, group, [&](H5Message type, std::string_view message) {
    if (type != H5Message::kSymbolTable) return true;
    hasTable = true;
    H5Cursor from(message);
    const std::uint64_t tree = from.take(8), heap = from.take(8);
    if (!from.failed()) readTree(tree, heapAt(file_, heap), 0, members);
    return false;
  });
  members.elsewhere = known && !hasTable;
  return members;
}

H5Found H5Groups::find(std::string_view path) {
  std::uint64_t at = root_;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    if (name.empty()) continue;
    const Members& members = membersOf(at);
    const auto found = members.headers.find(name);
    if (found == members.headers.end()) return {std::nullopt, members.elsewhere};
    at = found->second;
  }
  const bool fits = visitH5Messages(file_, at, [](H5Message, std::string_view) { return true; });
  return {fits ? std::optional(at) : std::nullopt, false};
}

}  // namespace texflow
