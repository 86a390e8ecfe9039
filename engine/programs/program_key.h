// What makes a program. The shader source is made from a key and nothing else, so equal keys are equal programs.
#pragma once
#include <string>

#include "plan/lowering.h"

namespace texflow {

struct ProgramKey {
  Kernel kernel;
  int stripes = 1;          ///< P
  int inputs = 0;           ///< Samplers in0, in1, ..
  int params = 1;           ///< vec4s of the parameter block
  bool hasWeights = false;  ///< Sampler `weights`
  bool es = false;          ///< GLSL ES 3.00, else GLSL 3.30
  /// For Caps::keepsLoops: loops over layers are written out (unroll.h), and texels fetched without a level.
  bool unrolled = false;
  /// Its draws find their parameters in a texture with a line for each, not in a uniform block: see param() of
  /// shaders/tensor.glsl.
  bool readsParamLines = false;

  /// The text that identifies the program, e.g. "conv KIND=1 P8 I1 N10 W es".
  std::string text() const {
    std::string text = kernel.text();
    text += " P" + std::to_string(stripes) + " I" + std::to_string(inputs) + " N" + std::to_string(params);
    if (hasWeights) text += " W";
    if (es) text += " es";
    if (unrolled) text += " unrolled";
    if (readsParamLines) text += " lines";
    return text;
  }
  /// Whether its draws write some of the layers only.
  bool isPart() const { return kernel.isPart(stripes); }
  /// Kernel and defines only, for reports.
  std::string label() const { return kernel.text(); }
};

}  // namespace texflow
