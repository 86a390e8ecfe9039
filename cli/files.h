// Whole files: bounded reading, writing that leaves nothing partial.
#pragma once
#include <string>
#include <string_view>

#include "texflow/status.h"

namespace texflow::cli {

/// All bytes of a regular file of at most 2^33 bytes.
Result<std::string> readFile(const std::string& path);
/// Writes a temporary file beside `path` and renames it, so that `path` is complete or untouched.
Status writeFile(const std::string& path, std::string_view bytes);
/// `name` with every character outside [A-Za-z0-9_.-] replaced by '_'.
std::string safeFileName(std::string_view name);

}  // namespace texflow::cli
