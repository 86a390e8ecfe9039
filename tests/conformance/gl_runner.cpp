#include "conformance/runner.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow::conformance {
namespace {

class GlRunner : public Runner {
 public:
  explicit GlRunner(std::unique_ptr<Context> context) : context_(std::move(context)) {}

  Context* context() override { return context_.get(); }
  Result<std::vector<Tensor>> run(const MappedCase& mapped, std::size_t outputs) override {
    Graph graph;
    std::map<std::string, Tensor> feeds;
    Node node = mapped.node;
    for (std::size_t i = 0; i < mapped.inputs.size(); ++i) {
      const Tensor& tensor = mapped.inputs[i];
      const std::string name = "input" + std::to_string(i);
      const Port port = addValue(graph, name, tensor, mapped.constant[i]);
      if (!mapped.constant[i]) {
        graph.inputs.push_back({name, port, tensor.dtype(), tensor.shape(), true});
        feeds.emplace(name, tensor);
      }
      node.inputs.push_back(port);
    }
    graph.nodes.push_back(std::move(node));
    for (const MappedCase::Step& step : mapped.then) {
      Node next = step.node;
      next.inputs.push_back({int(graph.nodes.size()) - 1, 0});
      for (std::size_t i = 0; i < step.constants.size(); ++i) {
        next.inputs.push_back(addValue(graph, next.name + "/" + std::to_string(i), step.constants[i], true));
      }
      graph.nodes.push_back(std::move(next));
    }
    graph.nodes.back().name = "result";
    const int index = int(graph.nodes.size()) - 1;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < outputs; ++i) {
      names.push_back("result:" + std::to_string(i));
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
  static Port addValue(Graph& graph, const std::string& name, const Tensor& tensor, bool constant) {
    Node value;
    value.name = name;
    value.op = constant ? "Const" : "Placeholder";
    if (constant) value.value = tensor;
    value.attrs.set("dtype", tensor.dtype());
    value.attrs.set("shape", tensor.shape());
    graph.nodes.push_back(std::move(value));
    return {int(graph.nodes.size()) - 1, 0};
  }

  std::unique_ptr<Context> context_;
};

}  // namespace

Result<std::unique_ptr<Runner>> makeGlRunner(int stripes) {
  ContextOptions options;
  options.stripes = stripes;
  options.keepsLoops = stripes == 2;  // As SwiftShader does, where most models have two.
  TEXFLOW_ASSIGN(auto context, makeEglContext(GlApi::kGles3, options));
  TEXFLOW_TRY(context->makeCurrent());
  return std::unique_ptr<Runner>(std::make_unique<GlRunner>(std::move(context)));
}

}  // namespace texflow::conformance
