// A plan in the making, and the time that went into it.
#pragma once
#include <utility>

#include "plan/planner.h"
#include "session/clock.h"

namespace texflow {

class Planning {
 public:
  /// `graph` must outlive it.
  Planning(const Graph& graph, std::map<Port, TensorInfo> feeds, std::vector<Port> outputs, PlanOptions options)
      : planner_(graph, std::move(feeds), std::move(outputs), std::move(options)) {}

  /// As Planner::step().
  Result<bool> step();
  /// Whether it comes to the same plan: programs that are known or compiled may change one, too.
  bool isFor(const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs, const PlanOptions& options) const;
  Planner& planner() { return planner_; }
  double ms() const { return ms_; }

 private:
  Planner planner_;
  double ms_ = 0;
};

}  // namespace texflow
