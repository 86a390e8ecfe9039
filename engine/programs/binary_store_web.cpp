// Browsers keep no program binaries for pages; their own caches know programs by source.
#include "programs/binary_store.h"

namespace texflow {

BinaryStore::BinaryStore(const std::string&, std::string, std::int64_t) {}
std::optional<ProgramBinary> BinaryStore::load(const std::string&) const { return std::nullopt; }
void BinaryStore::save(const std::string&, const ProgramBinary&) const {}
void BinaryStore::drop(const std::string&) const {}
std::string BinaryStore::path(const std::string&) const { return {}; }

}  // namespace texflow
