#include "plan/draw_work.h"

namespace texflow {

double drawWork(const Plan& plan, const DrawStep& draw) {
  const auto layout = [&](int id) -> const TextureLayout& { return plan.tensors[static_cast<std::size_t>(id)].layout; };
  const TextureLayout& written = layout(draw.output);
  const double share = static_cast<double>(draw.kernel.outputs(written.stripes)) / written.stripes;
  const double texels = share * static_cast<double>(written.texels());
  const std::string& name = draw.kernel.name;
  const auto blocks = draw.inputs.empty() ? 1.0 : static_cast<double>(layout(draw.inputs[0]).blocks);
  const double taps = draw.params.size() > 1 ? static_cast<double>(draw.params[0]) * draw.params[1] : 1;
  if (name == "conv1x1") return texels * (1 + 2 * blocks);
  if (name == "dense") return texels * (1 + 5 * blocks);
  if (name == "conv" || name == "conv_k") return texels * (1 + 2 * blocks * taps);
  if (name == "depthwise" || name == "depthwise_k" || name == "pool") return texels * (1 + taps);
  double accesses = texels;
  for (int input : draw.inputs) accesses += share * static_cast<double>(layout(input).texels());
  return accesses;
}

double runWork(const Plan& plan) {
  double work = 0;
  for (const Step& step : plan.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) work += drawWork(plan, *draw);
  return work;
}

}  // namespace texflow
