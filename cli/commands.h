// The commands. Each adds its options to the parser and answers the function that runs it.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

#include "texflow/status.h"

namespace texflow::cli {

using Command = std::function<Status()>;

Command addRun(CLI::App& app);
Command addBench(CLI::App& app);
Command addInspect(CLI::App& app);
Command addCheck(CLI::App& app);

struct ModelOptions;
/// MODEL, --input, --scale, --api, --stripes and, where wanted, --backend.
void addModelOptions(CLI::App& command, ModelOptions& options, bool withBackend);

}  // namespace texflow::cli
