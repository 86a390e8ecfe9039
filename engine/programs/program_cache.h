// The programs of one context: compiled once per key, in batches where the caller knows them ahead.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gl/program.h"
#include "programs/binary_store.h"
#include "programs/program_key.h"

namespace texflow {

class Context;

/// A program of the cache. Everybody who uses it holds a reference; see ProgramCache::evict().
struct CachedProgram {
  ProgramKey key;
  Program program;
  double ms = 0;       ///< Spent in calls for it, its first draw included.
  std::string source;  ///< Until it is finished.
  bool fromBinary = false, linkIssued = false, finished = false;
  bool drawn = false;  ///< The driver has nothing left to compile for it.
  Status status;
};
using ProgramRef = std::shared_ptr<CachedProgram>;

/// Batch use: issue() every key, link() all, poll complete(), then finish() each. The context must be current in every call,
/// including the destructor.
class ProgramCache {
 public:
  /// Where the driver can, programs are looked up in, and saved to, the cache folder of the context.
  explicit ProgramCache(const Context& context);

  /// The program of `key`; starts its compile unless the cache has it, and says so in `isNew`.
  Result<ProgramRef> issue(const ProgramKey& key, bool* isNew = nullptr);
  /// Starts the link. In a batch: after the last issue().
  void link(CachedProgram& program);
  /// Whether finish() would not wait. Asks the driver only where it can tell.
  bool complete(const CachedProgram& program) const;
  /// Waits for the program and sets its samplers up. A driver's error has its log.
  Status finish(CachedProgram& program);
  /// Forgets those of `programs` that nobody else refers to.
  void evict(std::vector<ProgramRef> programs);

  /// The same for everything issued.
  void issueLinks();
  bool complete() const;
  /// The first error of a driver is returned.
  Status finishAll();

  /// The ready program of `key`; compiles it now when it was not issued. The pointer stays valid until it is evicted.
  Result<Program*> get(const ProgramKey& key);

  /// Distinct programs, those compiled from source, and those taken from the binary folder.
  int size() const { return static_cast<int>(programs_.size()); }
  int compiled() const { return size() - fromBinary(); }
  int fromBinary() const;
  /// In order of issue.
  const std::vector<ProgramRef>& programs() const { return programs_; }

 private:
  void checkBinary(CachedProgram& program);

  bool es_, parallelCompile_;
  BinaryStore store_;
  Shader vertex_;
  std::map<std::string, ProgramRef, std::less<>> byText_;
  std::vector<ProgramRef> programs_;
};

/// The programs that all sessions of a context share. They stay until the context goes, except those that only a cancelled
/// prepare used.
ProgramCache& programsOf(Context& context);

}  // namespace texflow
