// Runs one node through GL and through its host kernel and compares, for every stripe count.
#pragma once
#include <gtest/gtest.h>

#include <cmath>

#include "ops/op.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow {

/// One headless context per stripe count for the whole test binary.
inline Context* testContext(int stripes) {
  static std::map<int, std::unique_ptr<Context>> contexts;
  auto& context = contexts[stripes];
  if (!context) {
    ContextOptions options;
    options.stripes = stripes;
    options.keepsLoops = stripes == 2 || stripes == 4;  // As with SwiftShader, which has these.
    auto made = makeEglContext(GlApi::kGles3, options);
    if (!made.ok()) return nullptr;
    context = std::move(*made);
  }
  return context.get();
}

/// A graph of one node; inputs whose flag in `constants` is set become Const nodes, the others are fed.
inline Graph oneNodeGraph(Node node, const std::vector<Tensor>& inputs, const std::vector<bool>& constants,
                          std::size_t outputs) {
  Graph graph;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Node source;
    source.name = "input" + std::to_string(i);
    const bool constant = i < constants.size() && constants[i];
    source.op = constant ? "Const" : "Placeholder";
    if (constant) source.value = inputs[i];
    graph.nodes.push_back(source);
    node.inputs.push_back({static_cast<int>(i), 0});
    if (!constant)
      graph.inputs.push_back({source.name, {static_cast<int>(i), 0}, inputs[i].dtype(), inputs[i].shape(), true});
  }
  if (node.name.empty()) node.name = "node";
  graph.nodes.push_back(node);
  for (std::size_t slot = 0; slot < outputs; ++slot)
    graph.outputs.push_back(
        {"output" + std::to_string(slot), {static_cast<int>(inputs.size()), static_cast<int>(slot)}, {}, {}, false});
  return graph;
}

/// Expects the GL outputs of `node` to equal the host kernel's within `tolerance` (absolute + relative), for 1, 2, 4 and 8
/// stripes. Expects at least one draw unless `mayStayOnHost`.
inline void expectGlMatchesHost(const Node& node, const std::vector<Tensor>& inputs, const std::vector<bool>& constants = {},
                                double tolerance = 1e-5, bool mayStayOnHost = false) {
  auto expected = runOnHost(node, inputs);
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  for (int stripes : {1, 2, 4, 8}) {
    Context* context = testContext(stripes);
    if (!context) GTEST_SKIP() << "no EGL context";
    auto session = Session::create(oneNodeGraph(node, inputs, constants, expected->size()), context);
    ASSERT_TRUE(session.ok()) << session.status().message();
    std::map<std::string, Tensor> feeds;
    for (const Endpoint& input : (*session)->graph().inputs)
      feeds.emplace(input.name, inputs[static_cast<std::size_t>(input.port.node)]);
    auto results = (*session)->run(feeds);
    ASSERT_TRUE(results.ok()) << results.status().message();
    if (!mayStayOnHost) {
      EXPECT_GT((*session)->report().drawsPerRun + ((*session)->report().hostSteps == 0), 0)
          << node.op << " ran on the host";
    }
    for (std::size_t slot = 0; slot < expected->size(); ++slot) {
      const Tensor& want = (*expected)[slot];
      const Tensor& got = (*results)[slot].value;
      ASSERT_EQ(shapeText(got.shape()), shapeText(want.shape()));
      ASSERT_EQ(got.dtype(), want.dtype());
      for (std::int64_t i = 0; i < want.size(); ++i) {
        const double a = got.number(i), b = want.number(i);
        if (std::isnan(a) && std::isnan(b)) continue;
        if (a == b) continue;
        ASSERT_LE(std::abs(a - b), tolerance * (1 + std::abs(b)))
            << node.op << ", " << stripes << " stripes, output " << slot << ", element " << i << " of "
            << shapeText(want.shape());
      }
    }
  }
}

}  // namespace texflow
