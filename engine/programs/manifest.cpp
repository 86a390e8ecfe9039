// Manifests: their text, and which of their programs this build knows.
#include "texflow/manifest.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "gl/state_guard.h"
#include "programs/embedded_shaders.h"
#include "programs/words.h"

namespace texflow {
namespace {

constexpr std::size_t kMostText = 4096;
constexpr std::size_t kMostDefines = 8;
constexpr int kMostInputs = kEngineUnits - 2, kMostVectors = 256;  // Weights and lines of parameters take a unit each.
constexpr int kLargestNumber = 31;                                 // Of a define: sizes of windows, masks, kinds.

std::string_view shaderText(std::string_view name) {
  for (const EmbeddedShader& shader : embeddedShaders())
    if (shader.name == name) return shader.text;
  return {};
}

// Calls visit(word, text after it) for every word that is no number.
template <class Visit>
void forEachWord(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && isWordChar(text[end])) ++end;
    if (end > i && !std::isdigit(static_cast<unsigned char>(text[i]))) visit(text.substr(i, end - i), text.substr(end));
    i = std::max(end, i + 1);
  }
}

// Functions that expressions may call: GLSL's, and those of the shader files that exist for them.
const std::set<std::string, std::less<>>& functions() {
  static const std::set<std::string, std::less<>> known = [] {
    std::set<std::string, std::less<>> names{"abs",       "acos",          "asin",        "atan",
                                             "bvec4",     "ceil",          "clamp",       "cos",
                                             "equal",     "exp",           "exp2",        "float",
                                             "floor",     "fract",         "greaterThan", "greaterThanEqual",
                                             "int",       "isinf",         "isnan",       "ivec4",
                                             "lessThan",  "lessThanEqual", "log",         "log2",
                                             "max",       "min",           "mix",         "mod",
                                             "not",       "notEqual",      "pow",         "round",
                                             "sign",      "sin",           "sqrt",        "inversesqrt",
                                             "step",      "tan",           "tanh",        "trunc",
                                             "uvec4",     "vec2",          "vec3",        "vec4",
                                             "cosh",      "sinh",          "roundEven",   "sameTexel",
                                             "IN_LAYOUT", "scalarTexel",   "channelTexel"};
    static const std::set<std::string_view> keywords{"for", "if", "return", "while", "switch", "layout"};
    forEachWord(shaderText("expressions"), [&](std::string_view word, std::string_view rest) {
      if (!rest.empty() && rest.front() == '(' && !keywords.count(word)) names.emplace(word);
    });
    return names;
  }();
  return known;
}

// Operands a .. h, scalars K .. K3, values t0 .., samplers in0 .., the layer, components.
bool isValue(std::string_view word) {
  const auto isNumber = [](std::string_view text) {
    return text.size() == 1 && std::isdigit(static_cast<unsigned char>(text[0]));
  };
  if (word.size() == 1) return (word[0] >= 'a' && word[0] <= 'h') || word[0] == 'K';
  if (word == "layer") return true;
  if ((word[0] == 't' || word[0] == 'K') && isNumber(word.substr(1))) return true;
  if (word.starts_with("in") && isNumber(word.substr(2))) return true;
  return word.find_first_not_of("xyzw") == word.npos && word.size() <= 4;
}

bool isExpression(std::string_view text, bool statements) {
  constexpr std::string_view kSigns = " .,()+-*/<>=!&|?:~^[]";
  int depth = 0;
  for (const char c : text) {
    if (!isWordChar(c) && kSigns.find(c) == kSigns.npos && !(statements && c == ';')) return false;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth < 0 || depth > 64) return false;
  }
  if (depth != 0 || text.find("//") != text.npos || text.find("/*") != text.npos) return false;
  bool known = true;
  forEachWord(text, [&](std::string_view word, std::string_view rest) {
    const bool component = word.find_first_not_of("xyzw") == word.npos && word.size() <= 4;
    const bool called = !rest.empty() && rest.front() == '(';
    known = known && (called ? functions().count(word) > 0 : isValue(word) || component || (statements && word == "vec4"));
  });
  return known;
}

// A define that the kernel or tensor.glsl asks for, and does not make itself.
bool asksFor(std::string_view kernel, std::string_view name) {
  static const std::set<std::string_view> ours{"P", "INPUTS", "PARAMS", "PARAMS_WIDTH", "WRITE", "APPEND"};
  if (ours.count(name) || std::any_of(name.begin(), name.end(), [](char c) { return !isWordChar(c) || std::islower(c); }))
    return false;
  bool found = false;
  for (const std::string_view file : {kernel, std::string_view("tensor")}) {
    const std::string_view text = shaderText(file);
    if (text.find("#define " + std::string(name)) != text.npos) return false;
    forEachWord(text, [&](std::string_view word, std::string_view) { found = found || word == name; });
  }
  return found;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

}  // namespace

Status checkProgram(const Manifest::Program& program) {
  const auto refuse = [&](const std::string& why) {
    return Status::invalid("The manifest's program '" + program.kernel.substr(0, 64) + "' " + why + ".");
  };
  if (shaderText(program.kernel).find("void main") == std::string_view::npos) return refuse("is of no kernel of this build");
  if (program.inputs < 0 || program.inputs > kMostInputs || program.vectors < 1 || program.vectors > kMostVectors)
    return refuse("has " + std::to_string(program.inputs) + " inputs and " + std::to_string(program.vectors) + " vectors");
  if (program.defines.size() > kMostDefines) return refuse("has more than " + std::to_string(kMostDefines) + " defines");
  std::set<std::string> seen;
  for (const auto& [name, value] : program.defines) {
    const bool statements = name == "OPERANDS" || name == "LETS", text = statements || name == "EXPR";
    if (!seen.insert(name).second || (!text && !asksFor(program.kernel, name)))
      return refuse("has the define '" + name.substr(0, 64) + "', which it does not ask for");
    const bool number = !value.empty() && value.size() <= 2 &&
                        std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c); }) &&
                        std::stoi(value) <= kLargestNumber;
    if (text ? value.size() > kMostText || !isExpression(value, statements) : !number)
      return refuse("has the " + name + " '" + value.substr(0, 64) + "', which is not of this build's making");
  }
  return {};
}

std::string Manifest::toJson() const {
  std::string json = "{\"version\":1,\"work\":" + std::to_string(work) + ",\"programs\":[";
  for (const Program& program : programs) {
    if (json.back() != '[') json += ",";
    json += "{\"kernel\":" + quoted(program.kernel) + ",\"defines\":[";
    for (const auto& [name, value] : program.defines)
      json += (json.back() == '[' ? "[" : ",[") + quoted(name) + "," + quoted(value) + "]";
    json += "],\"inputs\":" + std::to_string(program.inputs) + ",\"vectors\":" + std::to_string(program.vectors) +
            ",\"weights\":" + (program.weights ? "true" : "false") + "}";
  }
  return json + "]}";
}

}  // namespace texflow
