#include "tensorflow/meta_graph.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "saved_model.pb.h"
#include "tensorflow/wire.h"

namespace texflow::tf {
namespace {

constexpr std::uint32_t kMetaGraphs = 2, kGraphDef = 2, kObjectGraph = 7;

std::string tagText(const MetaGraphDef& parts) {
  std::string text;
  for (const std::string& tag : parts.meta_info_def().tags()) text += (text.empty() ? "" : ",") + tag;
  return "'" + text + "'";
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i) text += i + 1 == names.size() ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

MetaGraph::MetaGraph() : parts(std::make_unique<MetaGraphDef>()) {}
MetaGraph::~MetaGraph() = default;

Result<SavedModelFile> SavedModelFile::open(const std::string& folder) {
  SavedModelFile model;
  model.path_ = (std::filesystem::path(folder) / "saved_model.pb").string();
  std::error_code error;
  if (!std::filesystem::exists(model.path_, error)) {
    const auto text = std::filesystem::path(folder) / "saved_model.pbtxt";
    if (std::filesystem::exists(text, error))
      return Status::unsupported("The SavedModel '" + text.string() + "' is in text format; save it as saved_model.pb.");
    return Status::invalid("The folder '" + folder + "' has no saved_model.pb, so it is not a SavedModel.");
  }
  TEXFLOW_ASSIGN(model.file_, FileBytes::open(model.path_));
  const std::string_view bytes = model.file_.bytes();
  if (bytes.empty()) return Status::invalid("The file '" + model.path_ + "' is empty.");
  const auto damaged = [&](const WireReader& reader, const char* part) {
    return Status::invalid("The file '" + model.path_ + "' is damaged or cut off: the field at byte " +
                           std::to_string(reader.offset()) + " of its " + part + " does not fit.");
  };
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.number != kMetaGraphs || field.wire != 2) continue;
    auto meta = std::make_unique<MetaGraph>();
    std::string rest;
    WireReader inner(field.bytes);
    for (WireField part; inner.next(part);) {
      if (part.wire == 2 && part.number == kGraphDef) meta->graph = part.bytes;
      else if (part.wire == 2 && part.number == kObjectGraph) meta->objectGraph = part.bytes;
      else rest += part.raw;
    }
    if (inner.failed()) return damaged(inner, "MetaGraph");
    // What is wrong is said in one sentence, by the caller.
    static auto* const before = google::protobuf::SetLogHandler(nullptr);
    (void)before;
    if (!meta->parts->ParseFromString(rest))
      return Status::invalid("The file '" + model.path_ + "' is damaged: a MetaGraph's signatures or tags cannot be read.");
    model.metaGraphs_.push_back(std::move(meta));
  }
  if (reader.failed()) return damaged(reader, "content");
  if (model.metaGraphs_.empty())
    return Status::invalid("The file '" + model.path_ + "' has no MetaGraph, so there is nothing to convert.");
  return model;
}

Result<const MetaGraph*> SavedModelFile::withTags(const std::vector<std::string>& tags) const {
  std::set<std::string> wanted(tags.begin(), tags.end());
  wanted.erase("");
  std::string known;
  for (const auto& meta : metaGraphs_) {
    const auto& list = meta->parts->meta_info_def().tags();
    if (std::set<std::string>(list.begin(), list.end()) == wanted) return static_cast<const MetaGraph*>(meta.get());
    known += (known.empty() ? "" : ", ") + tagText(*meta->parts);
  }
  std::string text;
  for (const std::string& tag : wanted) text += (text.empty() ? "" : ",") + tag;
  return Status::invalid("The SavedModel '" + path_ + "' has no MetaGraph with the tags '" + text + "'; it has " + known +
                         ".");
}

}  // namespace texflow::tf
