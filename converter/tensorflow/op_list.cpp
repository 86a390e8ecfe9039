#include "tensorflow/op_list.h"

#include <unordered_set>

#include "ops/op.h"
#include "saved_model.pb.h"
#include "tensorflow/attr_value.h"

namespace texflow::tf {

Status checkOpList(const MetaGraph& meta, GraphView& view, const std::string& path) {
  std::unordered_set<std::string_view> known;
  for (const ListedOp& op : meta.parts->meta_info_def().stripped_op_list().op()) known.insert(op.name());
  // Older and simpler writers leave the list out.
  if (known.empty()) return {};
  std::unordered_set<std::string_view> seen;
  std::vector<const Body*> open{&view.main()};
  while (!open.empty()) {
    const Body& body = *open.back();
    open.pop_back();
    const auto call = [&](std::string_view name) -> Status {
      if (!view.hasFunction(name) || !seen.insert(name).second) return {};
      TEXFLOW_ASSIGN(const Body* called, view.function(name));
      open.push_back(called);
      return {};
    };
    for (const NodeView& node : body.nodes) {
      if (node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall")
        TEXFLOW_TRY(call(functionOf(node.attr("f"))));
      if (view.hasFunction(node.op)) {
        TEXFLOW_TRY(call(node.op));
      } else if (!node.op.starts_with('_') && !known.contains(node.op) && !findOp(std::string(node.op))) {
        return Status::invalid("The SavedModel '" + path + "' has the op '" + std::string(node.op) + "' (node '" +
                               std::string(node.name) + "'" +
                               (body.name.empty() ? "" : " of the function '" + std::string(body.name) + "'") +
                               "), which its own list of ops does not name: the file is damaged, or was changed after "
                               "TensorFlow wrote it.");
      }
    }
  }
  return {};
}

}  // namespace texflow::tf
