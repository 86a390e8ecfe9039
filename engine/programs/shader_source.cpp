#include "programs/shader_source.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "programs/embedded_shaders.h"
#include "programs/unroll.h"
#include "programs/used_functions.h"

namespace texflow {
namespace {

const char* versionLine(bool es) { return es ? "#version 300 es\n" : "#version 330\n"; }

// Appends the shader `name`, expanding #include lines; `done` keeps a file from being included twice.
Status append(std::string_view name, std::set<std::string, std::less<>>& done, std::string& out) {
  if (!done.insert(std::string(name)).second) return {};
  const EmbeddedShader* shader = nullptr;
  for (const EmbeddedShader& candidate : embeddedShaders()) {
    if (candidate.name == name) shader = &candidate;
  }
  if (!shader) return Status::invalid("The shader '" + std::string(name) + ".glsl' is not part of this build.");

  constexpr std::string_view kInclude = "#include \"", kSuffix = ".glsl\"";
  std::string_view rest = shader->text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with(kInclude) && line.ends_with(kSuffix)) {
      const std::size_t length = line.size() - kInclude.size() - kSuffix.size();
      TEXFLOW_TRY(append(line.substr(kInclude.size(), length), done, out));
    } else {
      out.append(line).append("\n");
    }
  }
  return {};
}

}  // namespace

std::string vertexSource(bool es) {
  return std::string(versionLine(es)) +
         "void main() {\n"
         "  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);\n"
         "  gl_Position = vec4(corner, 0.0, 1.0);\n"
         "}\n";
}

Result<std::string> fragmentSource(const ProgramKey& key) {
  std::string text = versionLine(key.es);
  if (key.es) {
    text +=
        "precision highp float;\nprecision highp int;\n"
        "precision highp sampler2D;\nprecision highp sampler2DArray;\n";
  }
  text += "#define P " + std::to_string(key.stripes) + "\n";
  const int outputs = key.kernel.outputs(key.stripes);
  text += "#define OUTPUTS " + std::to_string(outputs) + "\n";
  text += "#define INPUTS " + std::to_string(key.inputs) + "\n";
  text += "#define PARAMS " + std::to_string(key.params) + "\n";
  if (key.readsParamLines) text += "#define PARAMS_WIDTH " + std::to_string(kParamsWidth) + "\n";
  for (const auto& [name, value] : key.kernel.defines)
    if (name != kOutputsDefine) text += "#define " + name + " " + value + "\n";
  for (int i = 0; i < key.inputs; ++i) text += "uniform highp sampler2DArray in" + std::to_string(i) + ";\n";
  if (key.hasWeights) text += "uniform highp sampler2D weights;\n";
  std::string write = "#define WRITE(values) { BEGIN_RESULTS";
  for (int j = 0; j < outputs; ++j) {
    const std::string index = std::to_string(j);
    text += "layout(location=" + index + ") out vec4 result" + index + ";\n";
    write += " RESULT(result" + index + ", (values)[" + index + "], " + index + ".0)";
  }
  text += write + " }\n";
  // All textures have one level. Asked for it by number, SwiftShader looks for the level of each of four pixels: a fetch
  // takes 1.4 times as long. Elsewhere the number keeps compilers from deriving a level, which they may not do in every
  // branch.
  text += "#define fetchTexel(image, address) ";
  text += key.unrolled ? "texture(image, address)\n" : "textureLod(image, address, 0.0)\n";
  // Where loops stay, all indices are constants.
  text += "#define APPEND(values, j, value)";
  for (int j = 1; key.unrolled && j < outputs; ++j)
    text += " values[" + std::to_string(j - 1) + "] = values[" + std::to_string(j) + "];";
  text += " values[" + (key.unrolled ? std::to_string(outputs - 1) : "j") + "] = value;\n";
  std::set<std::string, std::less<>> done;
  TEXFLOW_TRY(append("tensor", done, text));
  TEXFLOW_TRY(append(key.kernel.name, done, text));
  text = withUsedFunctions(text);
  if (key.unrolled) return unrollLoops(text, {});
  return text;
}

}  // namespace texflow
