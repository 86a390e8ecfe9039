// Options, progress and cancelling of Session::prepare().
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "texflow/tensor.h"

namespace texflow {

/// Asked before every piece of work whether to stop. A default-made token never says so. Not std::stop_token, which the
/// standard library of the browser builds lacks.
class StopToken {
 public:
  StopToken() = default;
  bool stopRequested() const { return stop_ && stop_->load(std::memory_order_relaxed); }

 private:
  friend class StopSource;
  std::shared_ptr<const std::atomic<bool>> stop_;
};

/// Where the stop is requested, from any thread. Copies are the same source.
class StopSource {
 public:
  StopSource() : stop_(std::make_shared<std::atomic<bool>>(false)) {}
  void requestStop() { stop_->store(true, std::memory_order_relaxed); }
  StopToken token() const {
    StopToken token;
    token.stop_ = stop_;
    return token;
  }

 private:
  std::shared_ptr<std::atomic<bool>> stop_;
};

/// Told after every piece of work.
struct PrepareEvent {
  std::string phase;  ///< "plan", "compile", "link", "upload", "textures", "finish", "first draw", "warm-up", "dry run"
                      ///< or "done".
  int done = 0;       ///< Pieces of the phase that are done, of `total`.
  int total = 0;
  std::string program;  ///< The program that the piece was about, if any.
  double ms = 0;        ///< What the piece took; for "done" the whole prepare.
  double fraction = 0;  ///< Of the whole prepare: never goes back, ends at 1.
};

/// Shapes by input name.
using InputShapes = std::map<std::string, Shape>;

struct PrepareOptions {
  InputShapes inputShapes;                              ///< Needed for inputs of unknown size; an unknown batch is 1.
  std::vector<InputShapes> moreShapes;                  ///< Further sets of shapes to be ready for.
  std::function<void(const PrepareEvent&)> onProgress;  ///< May call Session::cancelPrepare().
  StopToken stop;
  /// Keep host copies of the weights that the GPU has. Without them memory is freed when the prepare is done, and calls
  /// that need them again on the host (intermediate results of nodes that were merged, another backend) say so.
  bool keepWeights = false;
  /// A prepare ends in runs on zeros where a run is short (where nothing was compiled, only where its work is little): at
  /// least one, and further ones while they take less than this share of the prepare, and less than 100 ms (60 in browsers).
  /// Schedulers follow the load of a device by and by: a driver's threads are spread over the cores only after some dozens
  /// of milliseconds.
  double dryRunShare = 0.25;
};

}  // namespace texflow
