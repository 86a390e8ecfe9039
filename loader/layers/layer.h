// A call of one Keras layer: its config, inputs and weights on one side, the nodes that compute it on the other.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json.h"
#include "layers/weight_scope.h"

namespace texflow {

struct LayerCall;

/// Is told of every call of a layer, also of those inside other layers.
class LayerObserver {
 public:
  virtual ~LayerObserver() = default;
  virtual void called(const LayerCall& call) = 0;
  virtual void returned(const LayerCall& call) = 0;
};

struct Cell;
struct Sequence;
/// Makes a loop of a recurrent layer, as loop() of recurrent.h does.
using LoopMaker = void (*)(LayerCall& call, Cell& cell, const Value& x, const Value& mask, bool zeroOutputForMask,
                           Sequence& sequence);

/// What holds for the whole model.
struct ModelContext {
  GraphBuilder graph;
  int kerasMajor = 2;
  bool tfjsLayers = false;  ///< Written by TensorFlow.js itself.
  int calls = 0;            ///< Of layers, so far.
  LayerObserver* observer = nullptr;
  LoopMaker loop = nullptr;  ///< For sequences of unknown or great length; null: they are refused.
};

/// One call of a layer. A layer function reads it and sets `outputs`; errors go to graph.fail().
struct LayerCall {
  ModelContext& model;
  GraphBuilder& graph;
  const Json& config;
  std::string className;
  std::string name;
  WeightScope weights;
  std::vector<Value> inputs;  ///< All tensors among the positional arguments, in order.
  std::vector<Value> masks;   ///< Of the inputs; empty values where there is none.
  /// The arguments as written; a tensor is {"__tensor__": index into tensors}.
  Json args = Json::array(), kwargs = Json::object();
  std::vector<Value> tensors{}, tensorMasks{};

  std::vector<Value> outputs{};
  Value outputMask{};
  int weightCount = 0;  ///< Weights taken so far: Keras's order is the order in which a layer asks.

  void fail(const std::string& message) { graph.fail(message); }
  /// The first input; a harmless value and an error when there is none.
  Value input();
  bool needInputs(std::size_t count);
  void give(Value value) { outputs.assign(1, std::move(value)); }

  // The config, with Keras's defaults.
  const Json* find(const char* key) const;
  bool flag(const char* key, bool fallback = false) const;
  std::int64_t integer(const char* key, std::int64_t fallback);
  double number(const char* key, double fallback) const;
  std::string text(const char* key, const char* fallback) const;
  /// `count` integers from a list or from one number for all.
  std::vector<std::int64_t> ints(const char* key, std::size_t count, std::int64_t fallback);
  bool samePadding();

  /// The next weight of this layer. -1 in `shape` fits any size.
  Value weight(const std::string& role, const Shape& shape);
  /// The same when `present`, else an empty value.
  Value weightIf(bool present, const std::string& role, const Shape& shape) {
    return present ? weight(role, shape) : Value{};
  }
  /// A call of a layer inside this one, with a config of its own.
  LayerCall inner(const std::string& attribute, const std::string& innerName, std::string innerClass,
                  const Json& innerConfig) const;

  /// A tensor or number among the arguments, by position or by one of the names; nothing where it is absent or None.
  std::optional<Value> operand(std::size_t position, std::initializer_list<const char*> names);
  /// An argument as it is written: positional, by keyword, or from the config (Keras 3 operations keep theirs there).
  const Json* argument(std::size_t position, std::initializer_list<const char*> names) const;
  std::optional<Value> valueOf(const Json& json);

  /// x after the activation that `key` of the config names.
  Value activated(const Value& x, const char* key = "activation", const char* fallback = "linear");
};

using LayerFn = void (*)(LayerCall&);

/// One line of the layer table.
struct LayerClass {
  std::string_view name;
  LayerFn lower = nullptr;
  bool keepsMask = false;  ///< The input's mask goes on to the output.
  bool spatial = false;    ///< Has a data_format; channels_first is transposed around it.
};

/// The class or null. The table is layer_table.def.
const LayerClass* findLayer(std::string_view className);
/// Calls a layer function with what the table says about masks and data formats.
void lowerLayer(LayerCall& call);
/// x after an activation: a name, or a config with class_name.
Value activation(LayerCall& call, const Value& x, const Json* spec);
/// x + bias along the last axis; x where there is no bias.
Value addBias(GraphBuilder& graph, const Value& x, const Value& bias);
/// A Keras 3 operation ("Matmul") or TensorFlow function ("math.reduce_mean"); false when there is none of that name.
bool lowerOperation(LayerCall& call, std::string_view function);
bool isOperation(std::string_view function);
/// Sequential, Functional and Model inside another model.
void lowerNestedModel(LayerCall& call);

}  // namespace texflow
