// How layers are connected, in the words of Keras 3 and of Keras 2, which TensorFlow.js reads.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "json.h"

namespace texflow {

/// One call of a layer.
struct TfjsCall {
  std::vector<Json> tensors;            ///< [layer, call, output] each: positional ones, then those given by keyword.
  std::map<std::string, int> keywords;  ///< Index of each tensor that has a keyword; -1 for other values that say something.
  Json args = Json::array();            ///< Positional arguments and operands; a tensor is {"__tensor__": index}.
};

/// The calls that inbound_nodes lists.
std::vector<TfjsCall> readCalls(const Json& nodes);
/// [layer, call, output, {}]; calls of the models named in `nested` are counted from 1.
Json callReference(const Json& tensor, const std::set<std::string>& nested);
/// Calls of Keras 3 as Keras 2 writes them. `refuse` is told what TensorFlow.js cannot be given.
void rewriteCalls(Json& nodes, const std::set<std::string>& nested, const std::function<void(const std::string&)>& refuse);
/// input_layers or output_layers, as a list of references.
Json modelEnds(const Json& ends, const std::set<std::string>& nested, bool keras3);

/// Output of a layer → where it comes from now.
using TfjsMoves = std::map<std::pair<std::string, std::int64_t>, std::pair<std::string, int>>;
/// Changes references of the form [layer, call, output, ...] anywhere in the list.
void moveReference(Json& list, const TfjsMoves& moves);
/// The same in the calls of layers.
void moveReferences(Json& layers, const TfjsMoves& moves);

/// Keys of layers that only Keras 3 has.
bool isOneOfKeras3Keys(std::string_view key);

}  // namespace texflow
