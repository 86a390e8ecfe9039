// The command line of tensorflowjs_converter, unchanged, and the flags of ours.
#pragma once
#include <string>
#include <vector>

#include "texflow/converter.h"

namespace texflow::cli {

struct ConvertArgs {
  std::string input, output;
  ConvertOptions options;
  std::vector<std::pair<std::string, std::string>> metadataFiles;  ///< Key and path.
  std::string json;                                                ///< Report to this file, or standard output for "-".
  bool quiet = false, verify = false, printPasses = false, version = false;
  double tolerance = 1e-3;         ///< Of verify.
  std::vector<std::string> notes;  ///< Lines that the user should see, such as of a flag that is deprecated.
};

/// `tokens`: everything after "convert".
Result<ConvertArgs> parseConvertArgs(const std::vector<std::string>& tokens);
/// What `texflow convert --help` prints after the usage.
std::string convertHelp();
/// A token as a shell takes it.
std::string shellQuoted(const std::string& token);

}  // namespace texflow::cli
