// The programs that one session uses, how it came by them and what they cost it.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "plan/plan.h"
#include "programs/program_cache.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow {

class SessionPrograms {
 public:
  explicit SessionPrograms(ProgramCache& cache) : cache_(cache) {}

  ProgramCache& cache() { return cache_; }
  /// The program of a draw in a context, and of a draw with so many inputs and vectors of parameters.
  static ProgramKey keyOf(const DrawStep& draw, int stripes, const Context& context);
  static ProgramKey keyOf(Kernel kernel, int inputs, int vectors, bool hasWeights, int stripes, const Context& context);
  /// The program of `key`, whose compile has been started.
  Result<ProgramRef> issue(const ProgramKey& key);
  void fill(Report& report) const;
  Manifest manifest() const;
  KnownPrograms texts() const;
  /// For PlanOptions::compiled.
  std::shared_ptr<const CompiledPrograms> compiled() const;

  /// A moment to go back to.
  int moment() const { return moment_; }
  /// Forgets the programs that came after the moment and that no executor holds; the cache, too, where it got them from
  /// this session.
  void dropUnusedSince(int moment);

 private:
  struct Used {
    ProgramRef program;
    bool issuedHere = false;
    double msBefore = 0;  ///< What others had spent on it.
    int moment = 0;
  };
  ProgramCache& cache_;
  std::map<std::string, Used> used_;
  int moment_ = 0;
};

}  // namespace texflow
