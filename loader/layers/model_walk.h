// Sequential and Functional models: which layer is called on what, in an order that works.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace texflow {

/// A value and the layer it came from.
struct NamedValue {
  std::string name;
  Value value, mask;
};

/// Walks one model; nested models are walked by calls of lowerNestedModel(). Errors go to the graph's status.
class ModelWalk {
 public:
  /// `scope` precedes the names of its nodes.
  ModelWalk(ModelContext& context, std::string className, const Json& config, WeightScope weights, std::string scope);

  using InputMaker = std::function<Value(LayerCall&, const Shape&)>;
  /// Makes the inputs of the outermost model; without one the values given to run() are the inputs.
  void setInputMaker(InputMaker maker) { makeInput_ = std::move(maker); }
  std::vector<NamedValue> run(const std::vector<Value>& inputs, const std::vector<Value>& masks);
  /// Names of the inputs in the model's order; after run().
  const std::vector<std::string>& inputNames() const { return inputNames_; }

 private:
  struct Item {
    std::string name, className;
    const Json* config = nullptr;
    const Json* inbound = nullptr;  ///< One entry a call; null in Sequential models.
    std::string path;               ///< Its place in a .keras file.
    int firstCall = 0;              ///< Keras 2 counts the calls of nested models from 1.
    bool isInput = false;
    std::map<int, std::vector<NamedValue>> calls;  ///< Outputs by call.
    std::map<int, bool> open;                      ///< Calls that are being evaluated.
  };
  struct Reference {
    int layer = -1, call = 0, tensor = 0;
  };
  struct Frame {
    int layer = -1, call = 0;
    Json args = Json::array(), kwargs = Json::object();
    std::vector<Reference> references;
    std::size_t argumentCount = 0, next = 0;  ///< References in args; the next one to look at.
  };

  bool readItems();
  std::vector<NamedValue> runSequential(std::vector<Value> inputs, std::vector<Value> masks);
  std::vector<NamedValue> runFunctional(const std::vector<Value>& inputs, const std::vector<Value>& masks);
  void findFirstCalls();
  bool readReference(const Json& json, Reference& reference) const;
  void collect(const Json& json, std::vector<Reference>& references, std::vector<std::string>* keys,
               const std::string& key = {}) const;
  /// Replaces tensors by {"__tensor__": n}, where n counts in `references`.
  Json canonical(const Json& json, std::vector<Reference>& references) const;
  void failReference(const Json& json) const;
  bool readFrame(const Reference& wanted, Frame& frame);
  bool evaluate(const Reference& wanted);
  const NamedValue* find(const Reference& reference);
  std::vector<NamedValue> lower(const Item& item, LayerCall& layer);
  LayerCall makeCall(const Item& item);
  Shape inputShape(const Item& item);
  Value makeInput(const Item& item, const std::string& name);
  std::string fullName(const Item& item) const { return scope_.empty() ? item.name : scope_ + "/" + item.name; }

  ModelContext& context_;
  GraphBuilder& graph_;
  std::string className_;
  const Json& config_;
  WeightScope weights_;
  std::string scope_;
  InputMaker makeInput_;
  std::vector<Item> items_;
  std::map<std::string, int, std::less<>> index_;
  std::vector<std::string> inputNames_;
};

}  // namespace texflow
