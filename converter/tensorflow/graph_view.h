// A GraphDef as views into its bytes: names, inputs and where the attributes are. Functions are walked when they are asked
// for, so a library that nobody calls costs nothing.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "texflow/status.h"

namespace texflow::tf {

struct NodeView {
  std::string_view name, op;
  std::vector<std::string_view> inputs;                              ///< As written: "a", "a:1", "a:out:1", "^a".
  std::vector<std::pair<std::string_view, std::string_view>> attrs;  ///< Name and AttrValue message.

  /// The AttrValue message or null.
  const std::string_view* attr(std::string_view key) const {
    for (const auto& [name, value] : attrs)
      if (name == key) return &value;
    return nullptr;
  }
};

/// Nodes with arguments and results: a function of the library, or the graph itself, which has neither.
struct Body {
  std::string_view name;                  ///< Of the function; empty for the graph.
  std::vector<std::string_view> args;     ///< The arguments are the first nodes, with the op "_Arg".
  std::vector<std::int64_t> argTypes;     ///< Numbers of types.proto; 0 where an attribute decides.
  std::vector<std::string_view> outputs;  ///< Names of the results in order.
  std::vector<NodeView> nodes;
  std::unordered_map<std::string_view, int> index;                 ///< Node by name.
  std::unordered_map<std::string_view, std::string_view> returns;  ///< Result name → "node:out:0".
  std::vector<std::string_view> controlReturns;                    ///< Nodes that run for their effects.
};

/// Not thread-safe. The bytes must outlive it.
class GraphView {
 public:
  /// `what` names the bytes in messages: "The GraphDef 'model.pb'".
  static Result<std::unique_ptr<GraphView>> parse(std::string_view bytes, const std::string& what);

  const Body& main() const { return main_; }
  bool hasFunction(std::string_view name) const { return functionBytes_.count(name) > 0; }
  /// An error when there is none of that name or its bytes are damaged.
  Result<const Body*> function(std::string_view name);
  const std::string& what() const { return what_; }
  std::size_t functionCount() const { return functionBytes_.size(); }

 private:
  Status parseLibrary(std::string_view bytes);

  std::string what_;
  Body main_;
  std::unordered_map<std::string_view, std::string_view> functionBytes_;
  std::unordered_map<std::string_view, std::unique_ptr<Body>> functions_;
};

/// "a:1" → node "a", slot 1; "a:out:1" has the output's name in between; "^a" is a control input.
struct InputName {
  std::string_view node, output;
  int slot = 0;
  bool control = false;
};
Result<InputName> parseInput(std::string_view text);

}  // namespace texflow::tf
