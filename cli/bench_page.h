// The measurements of `texflow bench` as one HTML file that needs nothing else.
#pragma once
#include <string>

#include "launches.h"

namespace texflow::cli {

/// `summary` as summarize() makes it.
std::string benchPage(const std::string& model, const Json& summary);

}  // namespace texflow::cli
