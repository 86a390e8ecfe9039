// Fresh processes of this program that each measure one launch, and what is common to their reports.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "texflow/status.h"

namespace texflow::cli {

using Json = nlohmann::ordered_json;

/// The parts of a launch in order: their names in a report's "phasesMs" and in words.
struct Phase {
  const char* key;
  const char* name;
  bool prepares = true;  ///< Comes between the loaded model and the first run.
};
inline constexpr Phase kPhases[] = {{"context", "GL context", false},
                                    {"read", "read", false},
                                    {"parse", "parse", false},
                                    {"plan", "plan"},
                                    {"upload", "upload"},
                                    {"compile", "compile"},
                                    {"firstDraw", "first draws"},
                                    {"warmUp", "warm-up"}};

/// Starts this program with `arguments` as often as asked, one process after the other, and returns the JSON that each
/// prints. `driverCache`: whether the driver may use caches of its own.
Result<std::vector<Json>> launch(const std::vector<std::string>& arguments, int times, bool driverCache);

/// The middle value; the lower one of two. -1 for none.
double medianOf(std::vector<double> values);

/// Medians over the launches, in the words of docs/report.md.
Json summarize(const std::vector<Json>& launches);

}  // namespace texflow::cli
