#include "session/session_programs.h"

#include <algorithm>

namespace texflow {
namespace {

/// As programText() of a draw that uses the program.
std::string textOf(const ProgramKey& key) {
  return programText(key.kernel, static_cast<std::size_t>(key.inputs), static_cast<std::size_t>(key.params), key.hasWeights);
}

}  // namespace

ProgramKey SessionPrograms::keyOf(const DrawStep& draw, int stripes, const Context& context) {
  return keyOf(draw.kernel, static_cast<int>(draw.inputs.size()), static_cast<int>(vectorsOf(draw)), draw.weights >= 0,
               stripes, context);
}

ProgramKey SessionPrograms::keyOf(Kernel kernel, int inputs, int vectors, bool hasWeights, int stripes,
                                  const Context& context) {
  ProgramKey key;
  key.kernel = std::move(kernel);
  key.stripes = stripes;
  key.inputs = inputs;
  key.params = vectors;
  key.hasWeights = hasWeights;
  key.es = context.caps().es;
  key.readsParamLines = key.isPart() || (context.caps().paramLines && vectors <= kParamsWidth);
  key.unrolled = context.caps().keepsLoops;
  return key;
}

Result<ProgramRef> SessionPrograms::issue(const ProgramKey& key) {
  const std::string text = key.text();
  if (const auto found = used_.find(text); found != used_.end()) return found->second.program;
  Used used;
  TEXFLOW_ASSIGN(used.program, cache_.issue(key, &used.issuedHere));
  used.msBefore = used.issuedHere ? 0 : used.program->ms;
  used.moment = ++moment_;
  return used_.emplace(text, std::move(used)).first->second.program;
}

void SessionPrograms::fill(Report& report) const {
  report.programsUsed = static_cast<int>(used_.size());
  report.programsCompiled = report.programsFromCache = report.programsShared = 0;
  report.programMs.clear();
  for (const auto& [text, used] : used_) {
    ++(!used.issuedHere           ? report.programsShared
       : used.program->fromBinary ? report.programsFromCache
                                  : report.programsCompiled);
    report.programMs.emplace_back(used.program->key.label(), used.program->ms - used.msBefore);
  }
  std::sort(report.programMs.begin(), report.programMs.end(),
            [](const auto& a, const auto& b) { return a.second > b.second; });
}

Manifest SessionPrograms::manifest() const {
  Manifest manifest;
  for (const auto& [text, used] : used_) {
    const ProgramKey& key = used.program->key;
    manifest.programs.push_back({key.kernel.name, key.kernel.defines, key.inputs, key.params, key.hasWeights});
  }
  return manifest;
}

KnownPrograms SessionPrograms::texts() const {
  KnownPrograms known;
  for (const auto& [text, used] : used_) {
    const std::string program = textOf(used.program->key);
    known.insert(program);
    known.insert(wholeProgram(program));  // What is drawn in parts serves whole draws.
  }
  return known;
}

std::shared_ptr<const CompiledPrograms> SessionPrograms::compiled() const {
  auto compiled = std::make_shared<CompiledPrograms>(kMostStripes + 1);
  for (const ProgramRef& program : cache_.programs())
    (*compiled)[static_cast<std::size_t>(program->key.stripes)].insert(textOf(program->key));
  return compiled;
}

void SessionPrograms::dropUnusedSince(int moment) {
  std::vector<ProgramRef> unused;
  for (auto used = used_.begin(); used != used_.end();) {
    // The cache holds two references, this one is the third.
    const bool drop = used->second.moment > moment && used->second.program.use_count() <= 3;
    if (drop && used->second.issuedHere) unused.push_back(std::move(used->second.program));
    used = drop ? used_.erase(used) : std::next(used);
  }
  cache_.evict(std::move(unused));
}

}  // namespace texflow
