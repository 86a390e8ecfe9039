// Runs a plan's host steps: fast kernels where there are some, values in one block of memory that lives as long as the plan.
#pragma once
#include <memory>

#include "ops/fast/fast_kernel.h"
#include "plan/plan.h"

namespace texflow {

class HostRunner {
 public:
  /// `plan` must outlive the runner. Without `fast` every step runs its reference kernel.
  explicit HostRunner(const Plan& plan, bool fast = true);
  /// Runs the host step of that index. `values`: one tensor for each of the plan's values; those of constants, feeds and of
  /// earlier steps' results are there. Results of the plan, and what draws read, are left there, too.
  Status run(std::size_t step, std::vector<Tensor>& values);
  /// The next piece of run(), one step after the other; whether it was the step's last.
  Result<bool> runPiece(std::size_t step, std::vector<Tensor>& values);
  /// Bytes of the block, and of all values in it if each had its own.
  std::size_t blockBytes() const { return blockBytes_; }
  std::size_t valueBytes() const { return valueBytes_; }
  /// Steps that run a fast kernel or need none.
  int fastSteps() const { return fastSteps_; }

 private:
  enum class Kind { kNone, kReference, kFast, kAlias };
  struct Task {
    Kind kind = Kind::kNone;
    FastKernel kernel;
  };
  /// A part of the block, for values that share it or follow each other in place.
  struct Storage {
    std::size_t bytes = 0, offset = 0;
    int first = 0, last = 0;
  };

  void plan(bool fast);
  void findLastUses();
  void placeOutput(int step, const HostStep& host, const Task& task);
  void assignOffsets();
  std::byte* address(int value);
  const std::byte* input(int value, const std::vector<Tensor>& values);
  std::byte* output(int value, std::vector<Tensor>& values);
  Tensor tensorOf(int value, const std::vector<Tensor>& values);
  Status runReference(const HostStep& host, std::vector<Tensor>& values);
  void runAlias(const HostStep& host, std::vector<Tensor>& values);

  const Plan& plan_;
  std::vector<Task> tasks_;   ///< One a step.
  std::vector<int> places_;   ///< Storage of each value; -1: its tensor.
  std::vector<int> lastUse_;  ///< Last step that reads the value, also under another name.
  std::vector<char> kept_;    ///< Values that must lie in their tensors.
  std::vector<Storage> storages_;
  std::vector<const void*> operands_;
  std::unique_ptr<std::byte[]> block_;
  std::size_t blockBytes_ = 0, valueBytes_ = 0, scratchBytes_ = 0, scratchOffset_ = 0;
  std::int64_t piece_ = 0;  ///< The next of the step that runPiece() is at.
  int fastSteps_ = 0;
};

}  // namespace texflow
