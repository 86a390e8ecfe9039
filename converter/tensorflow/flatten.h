// Turns the part of a graph that its outputs need into nodes of the engine: functions are inlined, variables become
// constants, what only checks or prints goes. Works backwards from what is asked for, with work lists instead of recursion.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tensorflow/attr_value.h"
#include "tensorflow/graph_view.h"
#include "texflow/graph.h"

namespace texflow::tf {

/// Where the values of variables and the files of assets come from.
class Resources {
 public:
  virtual ~Resources() = default;
  /// The value of the variable that a VarHandleOp or VariableV2 of the main graph makes.
  /// `wide` receives its values where they are integers that do not fit int32.
  virtual Result<Tensor> variable(const NodeView& handle, std::vector<std::int64_t>& wide) = 0;
  /// The text of an asset, by the file's name in the model.
  virtual Result<std::string> asset(const std::string& name) = 0;
};

struct FlattenOptions {
  bool stripDebugOps = true;
  bool controlFlowV2 = false;  ///< Keep If and While with their functions instead of Switch, Merge, Enter and so on.
};

/// What a port of the source is: an output of a new node, or a variable, which has none.
struct Value {
  Port port;
  const NodeView* handle = nullptr;
};

/// A function that stays one: its name in the result, and for each argument the variable that is bound to it or null.
struct KeptFunction {
  const Body* body = nullptr;
  std::string name;
  std::vector<const NodeView*> handles;
  bool loopBody = false;  ///< Its results go back to its arguments; those that are bound have none.
};

/// What all flatteners of one model share: the main graph's, the initializer's and those of the functions that stay.
struct FlattenContext {
  FlattenContext(GraphView& view, std::size_t bytes, Resources* from, FlattenOptions how)
      : graph(view), attrs(bytes), resources(from), options(how), budget(500'000 + static_cast<std::int64_t>(bytes)) {}

  GraphView& graph;
  AttrReader attrs;
  Resources* resources;  ///< Null where there are neither variables nor assets.
  FlattenOptions options;
  std::int64_t budget;  ///< Nodes that inlining may still look at.
  std::map<const NodeView*, Tensor> variables;
  std::map<const NodeView*, std::vector<std::int64_t>> wideVariables;
  std::map<std::string, std::string> keptNames;  ///< Function and its bindings → its name in the result.
  std::deque<KeptFunction> kept;                 ///< Still to be flattened.
  std::set<std::string> functionNames;
};

/// A body at one place of use.
struct Scope;
/// A While on its way to Enter, Merge, Switch, NextIteration and Exit.
struct Loop;
/// An If on its way to Switch and Merge.
struct Branches;

class Flattener {
 public:
  explicit Flattener(FlattenContext& context);
  ~Flattener();

  /// The graph itself, outside all functions.
  Scope& main() { return *main_; }
  /// A function whose arguments are given.
  Result<Scope*> enter(const Body& body, std::vector<Value> args);
  /// A new node without inputs.
  Port addNode(Node node);
  /// The output `slot` of a node of the main graph is this value, whatever the node is.
  void feed(int node, int slot, Value value) { fed_[{node, slot}] = value; }
  /// "a", "a:1", in functions "a:out:1".
  Result<Value> resolve(Scope& scope, std::string_view name);
  /// The same, where only a tensor will do.
  Result<Port> resolvePort(Scope& scope, std::string_view name);
  /// Adds the ops that fill tables among what the node depends on, itself included.
  Status addEffects(Scope& scope, std::string_view name);
  /// Makes everything that is needed. resolve() may be called again afterwards, and then drain().
  Status drain();
  /// The nodes in topological order; ports of the given endpoints are set to it.
  Result<std::vector<Node>> take(std::vector<Endpoint>& inputs, std::vector<Endpoint>& outputs);

 private:
  struct Place {
    Scope* scope = nullptr;
    int node = -1;
    int slot = 0;
  };
  struct Pending {
    Scope* scope;
    int node;
    int flat;
  };

  Result<Place> locate(Scope& scope, std::string_view name) const;
  Result<Value> resolve(Place place);
  Result<Value> resolveNode(Place& place, bool& moved);
  Result<Value> resolveArgument(Place& place, bool& moved);
  Result<Value> resolveVariableOp(const Place& place);
  Result<Value> resolveWhile(const Place& place);
  Result<Value> resolveIf(const Place& place);
  Result<Value> resolveCase(const Place& place);
  Result<Value> input(const Place& place, std::size_t i);
  Result<Scope*> call(Scope& scope, int node, std::string_view function);
  Result<Scope*> addScope(const Body& body, Scope* parent, int callNode, const std::string& prefix);
  Result<Port> variableConst(const NodeView& handle, const std::string& name);
  Result<Value> ordinary(const Place& place);
  Status fill(const Pending& pending);
  Status controlInputs(Scope& scope, const NodeView& node, int flat);
  Status tableFromFile(const Pending& pending, Node& node);
  std::string uniqueName(std::string name);
  Result<int> allocate(Scope& scope, const NodeView& view, int node);
  std::optional<bool> knownCondition(Port condition) const;

  // Control flow.
  Result<Value> loopArgument(Loop& loop, int i, bool inBody);
  Result<Value> loopVariable(Loop& loop, int i, bool inBody);
  Result<Loop*> loopAt(const Place& place);
  Result<Value> keptCall(const Place& place, const std::vector<std::pair<std::string, std::string_view>>& functions,
                         std::size_t firstArg);
  Result<Value> branchArgument(Branches& branches, int i, bool taken);
  Result<Value> branchResult(Branches& branches, int slot);
  Result<Branches*> branchesAt(const Place& place, std::optional<std::string_view> thenName,
                               std::optional<std::string_view> elseName, std::size_t firstArg, Port condition,
                               const std::string& prefix);
  Result<std::string> keep(const Body& body, std::vector<const NodeView*> handles, bool loopBody);
  Port addOp(std::string name, std::string op, std::vector<Port> inputs, Attrs attrs = {});
  Port scalarConst(const std::string& name, std::int32_t value);
  void pinConstants();
  void foldWide();

  FlattenContext& context_;
  std::deque<std::unique_ptr<Scope>> scopes_;
  std::deque<std::unique_ptr<Loop>> loops_;
  std::deque<std::unique_ptr<Branches>> branches_;
  Scope* main_ = nullptr;
  std::deque<Node> nodes_;  ///< References stay good while nodes are added.
  std::vector<Pending> pending_;
  std::vector<std::function<Status()>> later_;
  std::map<std::pair<int, int>, Value> fed_;
  std::unordered_map<const NodeView*, Port> constants_;  ///< Constants and variables, once each.
  std::unordered_set<std::string> names_;
  std::map<int, std::vector<std::int64_t>> wide_;  ///< Values of constants that do not fit int32.
  int depth_ = 0;
};

struct Scope {
  enum class Kind { kMain, kGiven, kCall, kLoopCondition, kLoopBody, kThen, kElse };
  const Body* body = nullptr;
  Kind kind = Kind::kMain;
  Scope* parent = nullptr;  ///< Of a call.
  int callNode = -1;        ///< In the parent's body.
  int depth = 0;
  std::string prefix;
  std::vector<Value> args;       ///< kGiven only.
  Loop* loop = nullptr;          ///< kLoop only.
  Branches* branches = nullptr;  ///< kThen and kElse only.
  std::vector<int> flat;         ///< Node of the body → new node, -1 while nobody needs it.
  std::unordered_map<int, Scope*> calls;
  std::unordered_map<int, Loop*> loops;
  std::unordered_map<int, Branches*> branchesAt;
  std::unordered_map<int, std::vector<Branches*>> caseSteps;
  std::unordered_map<int, int> kept;  ///< If, While or Case that stays: its new node.
};

/// Ops that fill tables: they run for their effects.
bool fillsTable(std::string_view op);
/// Ops that only check or print.
bool isDebugOp(std::string_view op);

}  // namespace texflow::tf
