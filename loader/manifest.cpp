// Manifests of programs, alone or in a model.json.
#include "json.h"
#include "texflow/loader.h"

namespace texflow {
namespace {

constexpr std::size_t kMostPrograms = 256, kMostDefines = 16;

Result<Manifest::Program> parseProgram(const Json& json) {
  const auto wrong = [&] { return Status::invalid("The manifest has the program " + excerpt(json) + ", which is none."); };
  Manifest::Program program;
  program.kernel = textOf(member(json, "kernel"));
  const Json* inputs = member(json, "inputs");
  const Json* vectors = member(json, "vectors");
  const Json* weights = member(json, "weights");
  const Json* defines = member(json, "defines");
  if (program.kernel.empty() || !inputs || !vectors || !weights || !weights->is_boolean() || !defines ||
      !defines->is_array() || defines->size() > kMostDefines)
    return wrong();
  const auto inputCount = integerOf(*inputs), vectorCount = integerOf(*vectors);
  if (!inputCount || !vectorCount || *inputCount < 0 || *inputCount > 1000 || *vectorCount < 0 || *vectorCount > 1000)
    return wrong();
  program.inputs = static_cast<int>(*inputCount);
  program.vectors = static_cast<int>(*vectorCount);
  program.weights = weights->get<bool>();
  for (const Json& define : *defines) {
    if (!define.is_array() || define.size() != 2 || !define[0].is_string() || !define[1].is_string()) return wrong();
    program.defines.emplace_back(textOf(&define[0]), textOf(&define[1]));
  }
  return program;
}

}  // namespace

Result<Manifest> parseManifest(std::string_view text) {
  TEXFLOW_ASSIGN(const Json file, parseJson(text, "The manifest"));
  const Json* json = &file;
  if (const Json* metadata = member(file, "userDefinedMetadata")) {
    json = member(*metadata, "texflow");
    if (!json) return Status::invalid("The userDefinedMetadata of the model have no manifest, 'texflow'.");
  }
  const Json* version = member(*json, "version");
  const auto number = version ? integerOf(*version) : std::nullopt;
  if (number != 1) return Status::unsupported("The manifest is not of version 1.");
  const Json* programs = member(*json, "programs");
  if (!programs || !programs->is_array() || programs->size() > kMostPrograms)
    return Status::invalid("The manifest has no list of at most " + std::to_string(kMostPrograms) + " programs.");
  Manifest manifest;
  if (const Json* work = member(*json, "work")) {
    const auto accesses = integerOf(*work);
    if (!accesses || *accesses < 0) return Status::invalid("The work of the manifest is " + excerpt(*work) + ", no count.");
    manifest.work = *accesses;
  }
  for (const Json& entry : *programs) {
    TEXFLOW_ASSIGN(Manifest::Program program, parseProgram(entry));
    manifest.programs.push_back(std::move(program));
  }
  return manifest;
}

}  // namespace texflow
