// GraphDefs, binary and text, in both forms of control flow.
#include <cstddef>
#include <cstdint>

#include "tensorflow/graph_def.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool functions : {false, true}) {
    texflow::tf::FlattenOptions options;
    options.controlFlowV2 = functions;
    const auto graph = texflow::tf::readGraphDef(bytes, "The GraphDef", {}, options);
    if (!graph.ok() && graph.status().message().empty()) __builtin_trap();
  }
  return 0;
}
