// The host tier of a session: a second session over the same graph that runs while the programs are not ready, and as long
// as it is the faster one.
#pragma once
#include <map>
#include <optional>

#include "session/clock.h"
#include "session/tier_policy.h"
#include "texflow/session.h"

namespace texflow {

class Tiers {
 public:
  explicit Tiers(const SessionOptions& options) : options_(options) {}

  const SessionOptions& options() const { return options_; }
  /// Picks the tier of a run that starts now.
  Tier choose(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames);
  /// The tier of the run in progress or, between runs, of the last one.
  Tier running() const { return running_; }
  /// The run in progress is over; gives its milliseconds since choose().
  double finish();
  /// The host's session, made from `graph` when it is first needed.
  Result<Session*> host(const Graph& graph);
  Session* host() const { return host_.get(); }
  /// Whether the host will not be asked again, once the programs are ready.
  bool hostIsDone() const { return programsReady && !options_.keepFaster(); }
  void dropHost() { host_.reset(); }

  bool programsReady = false;   ///< A prepare has come to its end.
  bool prepareStarted = false;  ///< One has been started, by the caller or for a run.
  bool releaseWeights = false;  ///< It would have freed the weights that the host may need.

 private:
  SessionOptions options_;
  std::unique_ptr<Session> host_;
  std::map<std::string, TierPolicy> policies_;  ///< By the shapes of a call.
  TierPolicy* policy_ = nullptr;
  Tier running_ = Tier::kHost;
  Clock clock_;
};

}  // namespace texflow
