// saved_model.pb: its MetaGraphs, and in the chosen one the signatures, assets and collections. The graph itself stays
// bytes.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "file_bytes.h"

namespace texflow::tf {

class MetaGraphDef;  // saved_model.pb.h

struct MetaGraph {
  MetaGraph();
  ~MetaGraph();
  std::unique_ptr<MetaGraphDef> parts;  ///< All but graph and object graph.
  std::string_view graph;               ///< GraphDef message.
  std::string_view objectGraph;         ///< SavedObjectGraph message.
};

class SavedModelFile {
 public:
  /// `folder` holds saved_model.pb.
  static Result<SavedModelFile> open(const std::string& folder);

  /// The MetaGraph with exactly these tags; an error lists those there are.
  Result<const MetaGraph*> withTags(const std::vector<std::string>& tags) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  FileBytes file_;
  std::vector<std::unique_ptr<MetaGraph>> metaGraphs_;
};

/// "'a', 'b' and 'c'"
std::string listed(const std::vector<std::string>& names);

}  // namespace texflow::tf
