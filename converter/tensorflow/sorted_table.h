// leveldb's sorted string table, the format of variables.index: blocks of sorted keys, each with a checksum. Read from
// memory, because the file is small and hostile sizes must not become allocations.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "texflow/status.h"

namespace texflow::tf {

/// All keys and values; checksums and bounds are verified. `what` names the file in messages.
Result<std::map<std::string, std::string, std::less<>>> readSortedTable(std::string_view bytes, const std::string& what);

}  // namespace texflow::tf
