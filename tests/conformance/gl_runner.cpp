#include "conformance/runner.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow::conformance {
namespace {

class GlRunner : public Runner {
 public:
  explicit GlRunner(std::unique_ptr<Context> context) : context_(std::move(context)) {}

  Result<std::vector<Tensor>> run(const MappedCase& mapped, std::size_t outputs) override {
    Graph graph;
    std::map<std::string, Tensor> feeds;
    Node node = mapped.node;
    node.name = "node";
    for (std::size_t i = 0; i < mapped.inputs.size(); ++i) {
      const Tensor& tensor = mapped.inputs[i];
      Node input;
      input.name = "input" + std::to_string(i);
      input.op = mapped.constant[i] ? "Const" : "Placeholder";
      const Port port{int(graph.nodes.size()), 0};
      if (mapped.constant[i]) {
        input.value = tensor;
      } else {
        input.attrs.set("dtype", tensor.dtype());
        input.attrs.set("shape", tensor.shape());
        graph.inputs.push_back({input.name, port, tensor.dtype(), tensor.shape(), true});
        feeds.emplace(input.name, tensor);
      }
      graph.nodes.push_back(std::move(input));
      node.inputs.push_back(port);
    }
    const int index = int(graph.nodes.size());
    graph.nodes.push_back(std::move(node));
    std::vector<std::string> names;
    for (std::size_t i = 0; i < outputs; ++i) {
      names.push_back("node:" + std::to_string(i));
      Endpoint endpoint;
      endpoint.name = names.back();
      endpoint.port = {index, int(i)};
      graph.outputs.push_back(endpoint);
    }
    TEXFLOW_ASSIGN(auto session, Session::create(std::move(graph), context_.get()));
    TEXFLOW_ASSIGN(auto named, session->run(feeds, names));
    std::vector<Tensor> values;
    for (NamedTensor& output : named) values.push_back(std::move(output.value));
    return values;
  }

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace

Result<std::unique_ptr<Runner>> makeGlRunner() {
  TEXFLOW_ASSIGN(auto context, makeEglContext(GlApi::kGles3));
  TEXFLOW_TRY(context->makeCurrent());
  return std::unique_ptr<Runner>(std::make_unique<GlRunner>(std::move(context)));
}

}  // namespace texflow::conformance
