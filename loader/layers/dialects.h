// What Keras 1, 2 and 3 write differently.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "json.h"

namespace texflow {

/// "Conv2DTranspose" → "conv2d_transpose", as Keras 3 names the parts of a .keras file.
std::string snakeCase(std::string_view className);
/// The same with "_1", "_2", ... from the second of that name on; `seen` counts.
std::string numberedPath(std::string_view className, std::map<std::string, int>& seen);
/// Keras 1 keys and class names become those of Keras 2, in the model and in the models inside it.
void modernize(Json& model);

}  // namespace texflow
