#include "texflow/graph.h"

#include <charconv>

namespace texflow {

double Attrs::number(std::string_view name, double fallback) const {
  if (const auto* real = find<double>(name)) return *real;
  if (const auto* integer = find<std::int64_t>(name)) return static_cast<double>(*integer);
  return fallback;
}

Result<Port> Graph::find(std::string_view portName) const {
  std::string_view name = portName;
  int slot = 0;
  if (const auto colon = portName.rfind(':'); colon != std::string_view::npos) {
    const auto digits = portName.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), slot);
    if (error == std::errc() && end == digits.data() + digits.size()) name = portName.substr(0, colon);
    else slot = 0;
  }
  for (const Endpoint& endpoint : outputs)
    if (endpoint.name == portName) return endpoint.port;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == name) return Port{static_cast<int>(i), slot};
  return Status::invalid("The graph has no node named '" + std::string(name) + "'.");
}

}  // namespace texflow
