#include "model.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iostream>
#include <random>

#include "files.h"
#include "npy.h"
#include "texflow/cache.h"
#include "texflow/converter.h"

namespace texflow::cli {
namespace {

bool endsWith(const std::string& path, std::initializer_list<const char*> endings) {
  std::string lower = path;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return lower.ends_with(ending); });
}

Result<ImageScale> parseScale(const std::string& text, DType dtype) {
  ImageScale scale{0, dtype == DType::kInt32 ? 255.0 : 1.0};
  if (text.empty()) return scale;
  const char* end = text.data() + text.size();
  const auto low = std::from_chars(text.data(), end, scale.low);
  const bool comma = low.ec == std::errc() && low.ptr != end && *low.ptr == ',';
  const auto high = comma ? std::from_chars(low.ptr + 1, end, scale.high) : low;
  if (!comma || high.ec != std::errc() || high.ptr != end || !std::isfinite(scale.low) || !std::isfinite(scale.high))
    return Status::invalid("--scale '" + text + "' is not LO,HI with two numbers, such as -1,1.");
  return scale;
}

/// The input of that name, or the graph's node as an endpoint of unknown shape.
Result<Endpoint> findInput(const Graph& graph, const std::string& name) {
  for (const Endpoint& input : graph.inputs)
    if (input.name == name) return input;
  const auto port = graph.find(name);
  if (!port.ok()) return port.status();
  for (const Endpoint& input : graph.inputs)
    if (input.port == *port) return input;
  return Endpoint{name, *port, DType::kFloat32, {}, false};
}

Tensor randomTensor(DType dtype, const Shape& shape, std::mt19937_64& random) {
  // Written out, because the standard distributions differ between libraries and the same seed must give the same values.
  Tensor tensor(dtype, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const std::uint64_t bits = random() >> 40;  // 24 bits
    if (dtype == DType::kFloat32) tensor.mutableData<float>()[i] = static_cast<float>(bits) * 0x1p-24f;
    else if (dtype == DType::kInt32) tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(bits & 255);
    else if (dtype == DType::kBool) tensor.mutableData<std::uint8_t>()[i] = bits & 1;
  }
  return tensor;
}

}  // namespace

Backend backendOf(const ModelOptions& options) {
  return options.backend == "host" ? Backend::kHost : options.backend == "auto" ? Backend::kAuto : Backend::kGl;
}

bool startsAtOnce(const ModelOptions& options) { return options.start == "tiered" || options.backend == "auto"; }

Result<Graph> loadModel(const std::string& path, LoadTimes* times) {
  ConvertOptions options;
  const auto format = detectFormat(path);
  const bool tfjs = format.ok() && (*format == ModelFormat::kTfjsGraph || *format == ModelFormat::kTfjsLayers);
  if (!format.ok() || tfjs) return loadGraphModel(path, times);
  options.inputFormat = *format;
  options.target = Target::kTexflow;
  const auto start = std::chrono::steady_clock::now();
  TEXFLOW_ASSIGN(SourceModel source, readModel(path, options));
  auto graph = optimize(std::move(source.graph), options);
  if (times) times->readMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return graph;
}

Result<std::string> cacheFolderOf(const ModelOptions& options) {
  if (options.noCache) return std::string();
  if (!options.cacheFolder.empty()) {
    TEXFLOW_TRY(openCacheFolder(options.cacheFolder));
    return options.cacheFolder;
  }
  const std::string folder = options.cacheByDefault ? defaultCacheFolder() : "";
  return openCacheFolder(folder).ok() ? folder : std::string();
}

Result<OpenModel> openModel(const ModelOptions& options, Graph graph, Backend backend) {
  OpenModel open;
  if (backend != Backend::kHost) {
    ContextOptions contextOptions;
    contextOptions.stripes = options.stripes;
    TEXFLOW_ASSIGN(contextOptions.cacheFolder, cacheFolderOf(options));
    if (!contextOptions.cacheFolder.empty()) keepDriverCacheIn(contextOptions.cacheFolder);
    if (options.storage != "float32")
      contextOptions.storage = options.storage == "host" ? Storage::kHost : Storage::kFloat16;
    TEXFLOW_ASSIGN(open.context, makeEglContext(options.api == "gl" ? GlApi::kGl33 : GlApi::kGles3, contextOptions));
    TEXFLOW_TRY(open.context->makeCurrent());
  }
  TEXFLOW_ASSIGN(open.session,
                 Session::create(std::move(graph), open.context.get(),
                                 SessionOptions{.backend = backend, .tieredStart = options.start == "tiered"}));
  return open;
}

Result<InputShapes> readShapes(const std::vector<std::string>& texts) {
  InputShapes shapes;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    Shape shape;
    long long dim = 0;
    int used = 0;
    const char* rest = equals == std::string::npos ? "" : text.c_str() + equals;
    while (*rest && std::sscanf(rest + 1, "%9lld%n", &dim, &used) == 1 && dim > 0) {
      shape.push_back(dim);
      rest += 1 + used;
      if (*rest != ',') break;
    }
    if (shape.empty() || *rest) return Status::invalid("--shape '" + text + "' is not NAME=SIZES, such as image=1,64,64,3.");
    shapes[text.substr(0, equals)] = std::move(shape);
  }
  return shapes;
}

Result<Tensors> readInputs(const ModelOptions& options, const Graph& graph) {
  Tensors tensors;
  for (const std::string& text : options.inputs) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      return Status::invalid("--input '" + text + "' is not NAME=FILE.");
    const std::string name = text.substr(0, equals), path = text.substr(equals + 1);
    TEXFLOW_ASSIGN(const Endpoint input, findInput(graph, name));
    if (tensors.contains(input.name)) return Status::invalid("The input '" + input.name + "' is given twice.");
    if (endsWith(path, {".npy"})) {
      TEXFLOW_ASSIGN(const std::string bytes, readFile(path));
      TEXFLOW_ASSIGN(Tensor tensor, parseNpy(bytes, path));
      tensors.emplace(input.name, std::move(tensor));
    } else if (endsWith(path, {".jpg", ".jpeg", ".png"})) {
      TEXFLOW_ASSIGN(const ImageScale scale, parseScale(options.scale, input.dtype));
      TEXFLOW_ASSIGN(Tensor tensor, readImage(path, input, scale));
      tensors.emplace(input.name, std::move(tensor));
    } else {
      return Status::invalid("The input file '" + path + "' is neither .npy nor .jpg nor .png.");
    }
  }
  return tensors;
}

Status requireInputs(const Graph& graph, const Tensors& inputs) {
  for (const Endpoint& input : graph.inputs)
    if (!inputs.contains(input.name))
      return Status::invalid("The input '" + input.name + "' is missing; pass --input " + input.name + "=FILE.npy with " +
                             endpointText(input) + ".");
  return {};
}

Status addRandomInputs(const ModelOptions& options, const Graph& graph, Tensors& inputs) {
  std::mt19937_64 random(options.seed);
  TEXFLOW_ASSIGN(const InputShapes shapes, readShapes(options.shapes));
  InputShapes given;
  for (const auto& [name, shape] : shapes) {
    TEXFLOW_ASSIGN(const Endpoint input, findInput(graph, name));
    given[input.name] = shape;
  }
  for (const Endpoint& input : graph.inputs) {
    if (inputs.contains(input.name)) continue;
    const auto found = given.find(input.name);
    Shape shape = found == given.end() ? input.shape : found->second;
    if (!shape.empty() && shape[0] == -1) shape[0] = 1;
    const bool known = (input.knownRank || found != given.end()) && std::find(shape.begin(), shape.end(), -1) == shape.end();
    if (!known || input.dtype == DType::kString || input.dtype == DType::kComplex64)
      return Status::invalid("The input '" + input.name + "' (" + endpointText(input) +
                             ") has no size to make random values for; pass --shape " + input.name + "=SIZES or --input " +
                             input.name + "=FILE.npy.");
    if (const auto count = checkedElementCount(shape); !count.ok())
      return count.status().during("making random values for the input '" + input.name + "'");
    inputs.emplace(input.name, randomTensor(input.dtype, shape, random));
  }
  return {};
}

PrepareOptions prepareOptions(const Tensors& inputs) {
  PrepareOptions options;
  for (const auto& [name, tensor] : inputs) options.inputShapes[name] = tensor.shape();
  return options;
}

std::string endpointText(const Endpoint& endpoint) {
  std::string text(dtypeName(endpoint.dtype));
  if (!endpoint.knownRank) return text + " of unknown shape";
  text += '[';
  for (std::size_t i = 0; i < endpoint.shape.size(); ++i)
    text += (i ? "," : "") + (endpoint.shape[i] < 0 ? std::string("?") : std::to_string(endpoint.shape[i]));
  return text + "]";
}

Status writeText(const std::string& path, const std::string& text) {
  if (path != "-") return writeFile(path, text + "\n");
  std::cout << text << "\n";
  return std::cout ? Status() : Status::invalid("Standard output cannot be written.");
}

}  // namespace texflow::cli
