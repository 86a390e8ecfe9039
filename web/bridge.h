// What the files of the bridge share.
#pragma once
#include <memory>
#include <string>

#include "gl/context.h"

namespace texflow {

/// The context of all models; made by texflow_start().
extern std::unique_ptr<Context> context;

/// Keeps the sentence for texflow_lastError(); false.
bool fail(const Status& status);
bool succeeded(const Status& status);

/// A text that stays valid until the next one is returned.
const char* returnText(std::string text);

}  // namespace texflow
