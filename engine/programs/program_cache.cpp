#include "programs/program_cache.h"

#include <chrono>

#include "gl/context.h"
#include "gl/gl.h"
#include "programs/shader_source.h"

namespace texflow {
namespace {

// Adds the time until the end of the scope to `ms`.
class ScopedTime {
 public:
  explicit ScopedTime(double& ms) : ms_(ms), start_(std::chrono::steady_clock::now()) {}
  ~ScopedTime() { ms_ += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  double& ms_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

ProgramCache::ProgramCache(const Context& context)
    : context_(context), es_(context.caps().es), parallelCompile_(context.caps().parallelCompile) {}

void ProgramCache::useBinaryFolder(const std::string& folder) {
  const Caps& caps = context_.caps();
  if (!caps.programBinaries) return;
  store_ = BinaryStore(folder, caps.vendor + '\n' + caps.renderer + '\n' + caps.version);
}

Status ProgramCache::issue(const ProgramKey& asked) {
  ProgramKey key = asked;
  key.es = es_;
  std::string text = key.text();
  if (byText_.contains(text)) return {};
  TEXFLOW_ASSIGN(std::string source, fragmentSource(key));
  if (!vertex_.id()) vertex_ = Shader(GL_VERTEX_SHADER, vertexSource(es_));
  auto entry = std::make_unique<Entry>();
  entry->key = key;
  {
    ScopedTime time(entry->ms);
    if (const auto binary = store_.load(source)) {
      entry->program.loadBinary(text, binary->format, binary->bytes);
      entry->fromBinary = entry->linkIssued = true;
    } else {
      entry->program.issueCompile(text, source);
    }
  }
  entry->source = std::move(source);
  byText_.emplace(std::move(text), entry.get());
  entries_.push_back(std::move(entry));
  return {};
}

// A driver may refuse a binary it gave itself, e.g. after an update that kept its version string.
void ProgramCache::checkBinary(Entry& entry) {
  if (!entry.fromBinary || entry.finished || entry.program.linked()) return;
  ScopedTime time(entry.ms);
  entry.program.issueCompile(entry.key.text(), entry.source);
  entry.fromBinary = entry.linkIssued = false;
}

void ProgramCache::link(Entry& entry) {
  if (entry.linkIssued) return;
  ScopedTime time(entry.ms);
  entry.program.issueLink(vertex_, store_.enabled());
  entry.linkIssued = true;
}

void ProgramCache::issueLinks() {
  for (const auto& entry : entries_) checkBinary(*entry);
  for (const auto& entry : entries_) link(*entry);
}

double ProgramCache::completeFraction() const {
  if (entries_.empty()) return 1;
  std::size_t done = 0;
  for (const auto& entry : entries_) {
    if (entry->finished || (entry->linkIssued && entry->program.complete(parallelCompile_))) ++done;
  }
  return static_cast<double>(done) / static_cast<double>(entries_.size());
}

Status ProgramCache::finish(Entry& entry) {
  checkBinary(entry);
  link(entry);
  if (!entry.finished) {
    ScopedTime time(entry.ms);
    entry.status = entry.program.finish(vertex_, entry.key.inputs);
    entry.finished = true;
    if (entry.status.ok() && store_.enabled() && !entry.fromBinary) {
      ProgramBinary binary;
      binary.bytes = entry.program.binary(binary.format);
      store_.save(entry.source, binary);
    }
    entry.source.clear();
  }
  return entry.status;
}

Status ProgramCache::finishAll() {
  issueLinks();
  Status first;
  for (const auto& entry : entries_) {
    Status status = finish(*entry);
    if (first.ok() && !status.ok()) first = std::move(status);
  }
  return first;
}

Result<Program*> ProgramCache::get(const ProgramKey& asked) {
  ProgramKey key = asked;
  key.es = es_;
  TEXFLOW_TRY(issue(key));
  Entry& entry = *byText_.find(key.text())->second;
  TEXFLOW_TRY(finish(entry));
  entry.used = true;
  return &entry.program;
}

int ProgramCache::used() const {
  int count = 0;
  for (const auto& entry : entries_) count += entry->used ? 1 : 0;
  return count;
}

int ProgramCache::fromBinary() const {
  int count = 0;
  for (const auto& entry : entries_) count += entry->fromBinary ? 1 : 0;
  return count;
}

void ProgramCache::addTime(const ProgramKey& asked, double ms) {
  ProgramKey key = asked;
  key.es = es_;
  const auto it = byText_.find(key.text());
  if (it != byText_.end()) it->second->ms += ms;
}

std::vector<std::pair<std::string, double>> ProgramCache::times() const {
  std::vector<std::pair<std::string, double>> times;
  for (const auto& entry : entries_) times.emplace_back(entry->key.label(), entry->ms);
  return times;
}

}  // namespace texflow
