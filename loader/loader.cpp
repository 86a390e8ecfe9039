#include "texflow/loader.h"

#include <optional>
#include <unordered_set>
#include <utility>

#include "layers/keras_model.h"
#include "topology.h"
#include "weights.h"

namespace texflow {
namespace {

/// Shard paths are joined to the model's folder or URL; nothing outside it may be reached.
Status checkShardPath(const std::string& path) {
  const auto refuse = [&](const char* why) { return Status::invalid("The weight shard path '" + path + "' " + why + "."); };
  if (path.empty()) return refuse("is empty");
  if (path.find('\0') != std::string::npos) return refuse("holds a zero byte");
  if (path[0] == '/' || path.find('\\') != std::string::npos || path.find("://") != std::string::npos)
    return refuse("is not relative to the model's folder");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (path.compare(begin, end - begin, "..") == 0) return refuse("leaves the model's folder");
    begin = end + 1;
  }
  return {};
}

}  // namespace

struct ModelLoader::Impl {
  bool begun = false;
  std::optional<Json> document;  ///< Between parse() and begin().
  Topology topology;
  WeightDecoder decoder;
  std::vector<std::size_t> groupEnds;  ///< Index of the first weight after each group.

  Result<std::vector<ShardGroup>> parseManifest(const Json& model);
  Status lowerLayers(const Json& model);
};

/// Turns the Keras layers into nodes; the manifest, which says what the weights are, has been read.
Status ModelLoader::Impl::lowerLayers(const Json& model) {
  const Json* modelTopology = member(model, "modelTopology");
  if (!modelTopology || !modelTopology->is_object())
    return Status::invalid("The layers-model has no modelTopology; it holds weights only.");
  TEXFLOW_ASSIGN(const KerasTopology keras, readLayersTopology(*modelTopology));
  std::vector<StoredWeight> weights;
  for (const WeightSpec& spec : decoder.specs()) {
    std::string name = spec.name;
    if (name.ends_with(":0")) name.resize(name.size() - 2);
    weights.push_back({std::move(name), {}, spec.dtype, spec.shape});
  }
  TEXFLOW_ASSIGN(LoweredModel lowered, lowerKerasModel(keras, weights));
  topology.graph = std::move(lowered.graph);
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (lowered.nodeOfWeight[i] >= 0)
      topology.pending.emplace(decoder.specs()[i].name,
                               PendingConst{lowered.nodeOfWeight[i], true, weights[i].dtype, true, weights[i].shape});
  return {};
}

Result<std::vector<ShardGroup>> ModelLoader::Impl::parseManifest(const Json& model) {
  std::vector<ShardGroup> groups;
  const Json* manifest = member(model, "weightsManifest");
  if (!manifest || manifest->is_null()) return groups;
  if (!manifest->is_array()) return Status::invalid("The weightsManifest is not a list.");
  std::unordered_set<std::string> names;
  for (const Json& entry : *manifest) {
    ShardGroup group;
    const Json* paths = member(entry, "paths");
    const Json* weights = member(entry, "weights");
    if (!paths || !paths->is_array() || !weights || !weights->is_array())
      return Status::invalid("The group " + std::to_string(groups.size()) +
                             " of the weightsManifest lacks its paths or its weights.");
    for (const Json& path : *paths) {
      if (!path.is_string())
        return Status::invalid("The weightsManifest has the path " + excerpt(path) + ", which is not a string.");
      group.paths.emplace_back(textOf(&path));
      TEXFLOW_TRY(checkShardPath(group.paths.back()));
    }
    for (const Json& weight : *weights) {
      TEXFLOW_ASSIGN(WeightSpec spec, parseWeightSpec(weight));
      if (!names.insert(spec.name).second)
        return Status::invalid("The weightsManifest names the weight '" + spec.name + "' twice.");
      group.bytes += spec.storedBytes();
      if (group.bytes > std::int64_t{1} << 40)
        return Status::invalid("The weightsManifest describes more than 2^40 bytes of weights.");
      if (spec.encoding == Encoding::kString && elementCount(spec.shape) > 0) group.exactBytes = false;
      decoder.add(std::move(spec));
    }
    if (group.paths.empty() && group.bytes > 0)
      return Status::invalid("The group " + std::to_string(groups.size()) +
                             " of the weightsManifest has weights but no paths.");
    groups.push_back(std::move(group));
    groupEnds.push_back(decoder.specs().size());
  }
  return groups;
}

ModelLoader::ModelLoader() : impl_(std::make_unique<Impl>()) {}
ModelLoader::~ModelLoader() = default;
ModelLoader::ModelLoader(ModelLoader&&) noexcept = default;
ModelLoader& ModelLoader::operator=(ModelLoader&&) noexcept = default;

Status ModelLoader::parse(std::string_view modelJson) {
  impl_ = std::make_unique<Impl>();
  TEXFLOW_ASSIGN(impl_->document, parseJson(modelJson, "The model file"));
  return {};
}

Result<std::vector<ShardGroup>> ModelLoader::begin(std::string_view modelJson) {
  TEXFLOW_TRY(parse(modelJson));
  return begin();
}

Result<std::vector<ShardGroup>> ModelLoader::begin() {
  if (!impl_->document) return Status::invalid("A model was begun before its file was parsed.");
  const Json model = *std::exchange(impl_->document, std::nullopt);
  const bool layers = isLayersModel(model);
  if (!layers) {
    TEXFLOW_ASSIGN(impl_->topology, parseTopology(model));
  }
  auto groups = impl_->parseManifest(model);
  if (!groups.ok()) return groups.status();
  if (layers) TEXFLOW_TRY(impl_->lowerLayers(model));

  // What can be refused before any weight is fetched is refused here.
  std::unordered_map<std::string_view, const WeightSpec*> specs;
  for (const WeightSpec& spec : impl_->decoder.specs()) specs.emplace(spec.name, &spec);
  for (const auto& [name, pending] : impl_->topology.pending) {
    const auto found = specs.find(name);
    if (found == specs.end())
      return Status::invalid("The constant '" + name + "' has no value: it is not in the weightsManifest.");
    const WeightSpec& spec = *found->second;
    if (pending.knownRank && pending.shape != spec.shape)
      return Status::invalid("The constant '" + name + "' has the shape " + shapeText(pending.shape) +
                             " in the modelTopology but " + shapeText(spec.shape) + " in the weightsManifest.");
    if (pending.hasDType && pending.dtype != spec.dtype)
      return Status::invalid("The constant '" + name + "' has the dtype " + std::string(dtypeName(pending.dtype)) +
                             " in the modelTopology but " + std::string(dtypeName(spec.dtype)) + " in the weightsManifest.");
  }
  impl_->begun = true;
  return groups;
}

Status ModelLoader::feed(std::span<const std::byte> bytes) {
  if (!impl_->begun) return Status::invalid("Weight bytes were fed before the model file was read.");
  return impl_->decoder.feed(bytes);
}

Status ModelLoader::endGroup(std::size_t group) const {
  if (group >= impl_->groupEnds.size()) return Status::invalid("There is no weight group " + std::to_string(group) + ".");
  const std::size_t position = impl_->decoder.position();
  const std::size_t begin = group == 0 ? 0 : impl_->groupEnds[group - 1], end = impl_->groupEnds[group];
  const auto& specs = impl_->decoder.specs();
  if (position < end && (position >= begin || group == 0))
    return Status::invalid("The shards of weight group " + std::to_string(group) + " end within the weight '" +
                           specs[position].name + "'.");
  // Empty weights that follow are complete without bytes, so position may be beyond this group.
  bool beyond = position < specs.size() && position >= end && impl_->decoder.inProgress();
  for (std::size_t i = end; i < position; ++i) beyond = beyond || elementCount(specs[i].shape) > 0;
  if (beyond)
    return Status::invalid("The shards of weight group " + std::to_string(group) +
                           " hold more bytes than its weights need.");
  return {};
}

std::optional<Graph> ModelLoader::early() {
  if (!impl_->begun || !impl_->decoder.canDefer()) return std::nullopt;
  Graph graph = impl_->topology.graph;
  const auto& specs = impl_->decoder.specs();
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (const auto found = impl_->topology.pending.find(specs[i].name); found != impl_->topology.pending.end())
      graph.nodes[static_cast<std::size_t>(found->second.node)].value = impl_->decoder.tensorOf(i);
  return graph;
}

Result<Graph> ModelLoader::finish() {
  if (!impl_->begun) return Status::invalid("A model was finished before the model file was read.");
  WeightDecoder& decoder = impl_->decoder;
  const std::size_t position = decoder.position();
  if (position < decoder.specs().size())
    return Status::invalid("The weight shards end too early: the weight '" + decoder.specs()[position].name + "' has " +
                           std::to_string(decoder.offset()) + " of its bytes.");
  std::vector<Tensor> tensors = decoder.take();
  Graph graph = std::move(impl_->topology.graph);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto found = impl_->topology.pending.find(decoder.specs()[i].name);
    if (found == impl_->topology.pending.end()) continue;  // A weight of a library function.
    graph.nodes[static_cast<std::size_t>(found->second.node)].value = std::move(tensors[i]);
  }
  impl_ = std::make_unique<Impl>();
  return graph;
}

}  // namespace texflow
