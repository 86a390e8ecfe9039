// The config of one layer as TensorFlow.js 4.22 reads it.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "json.h"

namespace texflow {

/// One layer on its way. What TensorFlow.js lacks or computes otherwise is a refusal; the first one counts.
struct TfjsLayer {
  std::string name, className;
  Json config;
  int kerasMajor = 2;
  std::string refusal{};
  bool python = false;                           ///< The layer is code that is not in the file.
  std::map<std::string, std::string> renamed{};  ///< "layer/kernel" → what TensorFlow.js calls that weight.

  /// `nested` rewrites a model inside a wrapper.
  void rewrite(const std::function<void(Json&)>& nested);

 private:
  void refuse(const std::string& why, bool isPython = false) {
    if (!refusal.empty()) return;
    refusal = why;
    python = isPython;
  }
  void common(Json& of);
  void activation(Json& of, const char* key);
};

}  // namespace texflow
