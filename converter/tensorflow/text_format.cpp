// GraphDefs in text format: protocol buffers' own parser reads them, because the format needs the names of the fields.
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include "graph.pb.h"
#include "tensorflow/graph_def.h"

namespace texflow::tf {
namespace {

class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (text.empty()) text = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ": " + message;
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
  std::string text;
};

}  // namespace

bool looksLikeText(std::string_view bytes) {
  // A binary GraphDef begins with the tag of one of its fields; of those a text could begin with, line feed is a node's.
  std::size_t at = 0;
  while (at < bytes.size() && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) ++at;
  const std::string_view rest = bytes.substr(at, 64);
  if (rest.empty()) return false;
  for (const char c : rest)
    if ((static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\r' && c != '\t') || static_cast<unsigned char>(c) > 126)
      return false;
  return rest[0] == '#' || rest.find('{') != std::string_view::npos || rest.find(':') != std::string_view::npos;
}

Result<std::string> binaryOfText(std::string_view text, const std::string& what) {
  google::protobuf::Arena arena;
  auto* graph = google::protobuf::Arena::CreateMessage<GraphDef>(&arena);
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.AllowUnknownField(true);
  parser.AllowUnknownExtension(true);
  parser.SetRecursionLimit(64);
  if (text.size() > (std::size_t{1} << 30)) return Status::unsupported(what + " has more than 2^30 bytes of text.");
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&stream, graph))
    return Status::invalid(
        what + " is not a GraphDef in text format: " + (error.text.empty() ? "unknown fault" : error.text) + ".");
  return graph->SerializeAsString();
}

}  // namespace texflow::tf
