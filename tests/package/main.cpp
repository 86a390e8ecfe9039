// Comes up headless, says on which device, and runs a model that is converted in memory on it.
#include <texflow/context.h>
#include <texflow/converter.h>
#include <texflow/loader.h>
#include <texflow/session.h>

#include <cstdio>
#include <span>

namespace {

/// A frozen graph in text form: y = x + x.
constexpr const char* kGraph = R"(
  node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
         attr { key: "shape" value { shape { dim { size: 2 } } } } }
  node { name: "y" op: "AddV2" input: "x" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
)";

texflow::Result<texflow::Graph> convertedGraph() {
  texflow::MemorySink sink;
  const std::map<std::string, std::string> source = {{"graph.pbtxt", kGraph}};
  const auto report = texflow::convert(source, {}, sink);
  if (!report.ok()) return report.status();
  texflow::ModelLoader loader;
  const auto groups = loader.begin(sink.files().at("model.json"));
  if (!groups.ok()) return groups.status();
  for (const auto& group : *groups)
    for (const std::string& path : group.paths)
      if (auto fed = loader.feed(std::as_bytes(std::span(sink.files().at(path)))); !fed.ok()) return fed;
  return loader.finish();
}

texflow::Status check() {
  auto context = texflow::makeEglContext(texflow::GlApi::kGles3);
  if (!context.ok()) return context.status();
  std::printf("%s, %d stripes\n", (*context)->caps().renderer.c_str(), (*context)->stripes());
  auto graph = convertedGraph();
  if (!graph.ok()) return graph.status();
  auto session = texflow::Session::create(std::move(*graph), context->get());
  if (!session.ok()) return session.status();
  const texflow::Tensor x(texflow::DType::kFloat32, {2}, std::vector<float>{1, 2.5F});
  const auto outputs = (*session)->run({{"x", x}});
  if (!outputs.ok()) return outputs.status();
  const texflow::Tensor& y = outputs->front().value;
  return y.number(0) == 2 && y.number(1) == 5 ? texflow::Status() : texflow::Status::invalid("The sums are wrong.");
}

}  // namespace

int main() {
  const texflow::Status status = check();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
