#include "routes.h"

#include <vector>

namespace texflow {
namespace {

struct Entry {
  ModelFormat from, to;
  Route route;
};

const std::vector<Entry>& routes() {
  static const std::vector<Entry> kRoutes = {};
  return kRoutes;
}

}  // namespace

Route routeBetween(ModelFormat from, ModelFormat to) {
  for (const Entry& entry : routes())
    if (entry.from == from && entry.to == to) return entry.route;
  return nullptr;
}

}  // namespace texflow
