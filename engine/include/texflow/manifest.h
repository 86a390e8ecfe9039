// The programs that a model needs, as a list small enough to be there before the model: compile first, load meanwhile.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "texflow/status.h"

namespace texflow {

class Context;

/// What Session::manifest() lists and Precompile makes. docs/manifest.md describes its JSON.
struct Manifest {
  struct Program {
    std::string kernel;  ///< File of shaders/ without extension.
    std::vector<std::pair<std::string, std::string>> defines;
    int inputs = 0;   ///< Tensors that it samples.
    int vectors = 0;  ///< Of its parameter block.
    bool weights = false;
    friend bool operator==(const Program&, const Program&) = default;
  };
  std::vector<Program> programs;
  /// Texel accesses of a run, roughly: some devices compile other programs for long runs.
  std::int64_t work = 0;

  std::string toJson() const;
};

/// Why this build has no such program, or ok. Manifests come from files and may be stale, wrong or hostile: kernel and
/// defines must exist, and expressions consist of numbers, operands and calls of known functions.
Status checkProgram(const Manifest::Program& program);

/// Compiles the programs of a manifest before any model is there. Sessions of the context find them and need not wait. What
/// the manifest lacks is compiled later; what it has too many of, or the driver refuses, has only cost time.
class Precompile {
 public:
  /// Takes those programs that pass checkProgram(), a bounded number. `context` must outlive the object.
  Precompile(Context& context, const Manifest& manifest);
  ~Precompile();
  /// Like Session::poll(): works for about `budgetMs`; true when every program has been drawn with.
  Result<bool> poll(double budgetMs = 8);
  /// Waits until all is done.
  Status finish();
  /// Programs of the manifest that were taken, and that were left out.
  int accepted() const;
  int refused() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace texflow
