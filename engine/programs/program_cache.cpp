#include "programs/program_cache.h"

#include <algorithm>
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
    : es_(context.caps().es), parallelCompile_(context.caps().parallelCompile) {
  const Caps& caps = context.caps();
  if (!caps.programBinaries) return;
  store_ =
      BinaryStore(context.cacheFolder(), caps.vendor + '\n' + caps.renderer + '\n' + caps.version, context.cacheBytes());
}

Result<ProgramRef> ProgramCache::issue(const ProgramKey& asked, bool* isNew) {
  ProgramKey key = asked;
  key.es = es_;
  std::string text = key.text();
  if (isNew) *isNew = false;
  if (const auto found = byText_.find(text); found != byText_.end()) return found->second;
  TEXFLOW_ASSIGN(std::string source, fragmentSource(key));
  if (!vertex_.id()) vertex_ = Shader(GL_VERTEX_SHADER, vertexSource(es_));
  auto program = std::make_shared<CachedProgram>();
  program->key = key;
  {
    ScopedTime time(program->ms);
    if (const auto binary = store_.load(source)) {
      program->program.loadBinary(text, binary->format, binary->bytes);
      program->fromBinary = program->linkIssued = true;
    } else {
      program->program.issueCompile(text, source);
    }
  }
  program->source = std::move(source);
  byText_.emplace(std::move(text), program);
  programs_.push_back(program);
  if (isNew) *isNew = true;
  return program;
}

// A driver may refuse a binary it gave itself, e.g. after an update that kept its version string.
void ProgramCache::checkBinary(CachedProgram& program) {
  if (!program.fromBinary || program.finished || program.program.linked()) return;
  ScopedTime time(program.ms);
  store_.drop(program.source);
  program.program.issueCompile(program.key.text(), program.source);
  program.fromBinary = program.linkIssued = false;
}

void ProgramCache::link(CachedProgram& program) {
  checkBinary(program);
  if (program.linkIssued) return;
  ScopedTime time(program.ms);
  program.program.issueLink(vertex_, store_.enabled());
  program.linkIssued = true;
}

bool ProgramCache::complete(const CachedProgram& program) const {
  return program.finished || (program.linkIssued && program.program.complete(parallelCompile_));
}

Status ProgramCache::finish(CachedProgram& program) {
  if (program.finished) return program.status;
  link(program);
  ScopedTime time(program.ms);
  program.status = program.program.finish(vertex_, program.key.inputs);
  program.finished = true;
  if (program.status.ok() && store_.enabled() && !program.fromBinary) {
    ProgramBinary binary;
    binary.bytes = program.program.binary(binary.format);
    store_.save(program.source, binary);
  }
  program.source.clear();
  return program.status;
}

void ProgramCache::evict(std::vector<ProgramRef> programs) {
  for (ProgramRef& program : programs) {
    const auto entry = byText_.find(program->key.text());
    if (entry == byText_.end() || program.use_count() > 3) continue;  // The argument's and the cache's own two.
    std::erase(programs_, program);
    byText_.erase(entry);
    program = nullptr;
  }
  if (programs_.empty()) vertex_ = Shader();
}

void ProgramCache::issueLinks() {
  for (const ProgramRef& program : programs_) link(*program);
}

bool ProgramCache::complete() const {
  return std::all_of(programs_.begin(), programs_.end(), [&](const ProgramRef& program) { return complete(*program); });
}

Status ProgramCache::finishAll() {
  issueLinks();
  Status first;
  for (const ProgramRef& program : programs_) {
    Status status = finish(*program);
    if (first.ok() && !status.ok()) first = std::move(status);
  }
  return first;
}

Result<Program*> ProgramCache::get(const ProgramKey& key) {
  TEXFLOW_ASSIGN(const ProgramRef program, issue(key));
  TEXFLOW_TRY(finish(*program));
  return &program->program;
}

int ProgramCache::fromBinary() const {
  return static_cast<int>(
      std::count_if(programs_.begin(), programs_.end(), [](const ProgramRef& program) { return program->fromBinary; }));
}

ProgramCache& programsOf(Context& context) {
  std::shared_ptr<void>& shared = context.shared();
  if (!shared) shared = std::make_shared<ProgramCache>(context);
  return *static_cast<ProgramCache*>(shared.get());
}

}  // namespace texflow
