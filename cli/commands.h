// The commands. Each adds its options to the parser and answers the function that runs it.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "texflow/status.h"

namespace texflow::cli {

using Command = std::function<Status()>;

Command addRun(CLI::App& app);
Command addBench(CLI::App& app);
Command addInspect(CLI::App& app);
Command addCheck(CLI::App& app);
Command addConvert(CLI::App& app);
Command addCheckOps(CLI::App& app);
Command addWizard(CLI::App& app);

/// `texflow convert` with these words behind it.
Status runConvert(const std::vector<std::string>& tokens);
/// What the program exits with when its command fails; 2 where a conversion was verified and is wrong.
inline int failureCode = 1;
Command addCache(CLI::App& app);

struct ModelOptions;
/// MODEL, --input, --scale, --api, --stripes, the options of the cache and, where wanted, --backend.
void addModelOptions(CLI::App& command, ModelOptions& options, bool withBackend);
/// --shape, for readShapes().
void addShapeOption(CLI::App& command, std::vector<std::string>& shapes);

}  // namespace texflow::cli
