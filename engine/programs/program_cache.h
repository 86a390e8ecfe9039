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

/// Batch use: issue() every key, issueLinks(), poll complete(), then finishAll(). The context must be current in every call,
/// including the destructor.
class ProgramCache {
 public:
  explicit ProgramCache(const Context& context);

  /// Programs are looked up in, and saved to, the existing `folder` from now on, where the driver can.
  void useBinaryFolder(const std::string& folder);

  /// Starts the compile of `key` unless the cache has it.
  Status issue(const ProgramKey& key);
  /// Starts the links of everything issued. Call after the last issue() of a batch.
  void issueLinks();
  /// Share of the issued programs whose finish would not wait, 0..1.
  double completeFraction() const;
  bool complete() const { return completeFraction() >= 1.0; }
  /// Waits for every issued program and sets its samplers up. The first error of a driver is returned, with its log.
  Status finishAll();

  /// The ready program of `key`; compiles it now when it was not issued. The pointer stays valid as long as the cache.
  Result<Program*> get(const ProgramKey& key);

  /// Distinct programs handed out by get(), compiled from source, and taken from the binary folder.
  int used() const;
  int compiled() const { return static_cast<int>(entries_.size()) - fromBinary(); }
  int fromBinary() const;
  /// Adds time to a program, e.g. that of its first draw.
  void addTime(const ProgramKey& key, double ms);
  /// Label and milliseconds spent in calls for each program, in order of issue.
  std::vector<std::pair<std::string, double>> times() const;

 private:
  struct Entry {
    ProgramKey key;
    Program program;
    double ms = 0;
    std::string source;  // Until it is finished.
    bool fromBinary = false, linkIssued = false, finished = false, used = false;
    Status status;
  };
  void checkBinary(Entry& entry);
  void link(Entry& entry);
  Status finish(Entry& entry);

  const Context& context_;
  bool es_, parallelCompile_;
  BinaryStore store_;
  Shader vertex_;
  std::map<std::string, Entry*, std::less<>> byText_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace texflow
