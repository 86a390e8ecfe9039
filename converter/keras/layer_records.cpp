#include "layer_records.h"

#include <algorithm>

namespace texflow {
namespace {

void note(LayerRecord& record, std::vector<Shape>& seen, const std::vector<Value>& values) {
  if (record.calls == 0) {
    for (const Value& value : values) seen.push_back(value.shape);
    return;
  }
  record.varies = record.varies || seen.size() != values.size();
  for (std::size_t i = 0; i < std::min(seen.size(), values.size()); ++i) {
    record.varies = record.varies || seen[i].size() != values[i].shape.size();
    for (std::size_t d = 0; d < std::min(seen[i].size(), values[i].shape.size()); ++d)
      if (seen[i][d] != values[i].shape[d]) seen[i][d] = -1;
  }
}

}  // namespace

void LayerRecords::called(const LayerCall& call) {
  LayerRecord& record = records_[&call.config];
  note(record, record.inputs, call.inputs);
  for (const Value& mask : call.masks) record.masked = record.masked || mask;
}

void LayerRecords::returned(const LayerCall& call) {
  LayerRecord& record = records_[&call.config];
  note(record, record.outputs, call.outputs);
  ++record.calls;
}

const LayerRecord* LayerRecords::find(const Json& config) const {
  const auto found = records_.find(&config);
  return found == records_.end() ? nullptr : &found->second;
}

}  // namespace texflow
