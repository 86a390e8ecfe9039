#include "convert_args.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>

namespace texflow::cli {
namespace {

/// What stands behind a flag.
enum class Takes {
  kNothing,
  kBoolean,  ///< "--flag" alone is true; "--flag=False" and "--flag False" are false.
  kValue,
  kPatterns,  ///< "--flag=a,b"; "--flag a,b" only where that is not the input or the output.
};

struct Flag {
  const char* name;
  Takes takes;
  Status (*set)(ConvertArgs&, const std::string&);
  const char* help;
};

std::vector<std::string> splitList(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size() && !text.empty();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) items.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

std::optional<bool> booleanOf(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text == "true" || text == "1" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "no" || text.empty()) return false;
  return std::nullopt;
}

Status setFormat(ModelFormat& to, const char* flag, const std::string& text) {
  const auto format = formatNamed(text);
  if (!format) {
    std::string names;
    for (int i = 1; i <= static_cast<int>(ModelFormat::kTfjsLayers); ++i)
      names += (i > 1 ? ", " : "") + std::string(formatName(static_cast<ModelFormat>(i)));
    return Status::invalid(std::string(flag) + " is '" + text + "'; it must be one of " + names + ".");
  }
  to = *format;
  return {};
}

Status setPatterns(ConvertArgs& args, Quantization to, const std::string& text) {
  auto patterns = splitList(text);
  if (patterns.empty()) patterns = {"*"};
  auto& all = args.options.quantization[to];
  all.insert(all.end(), patterns.begin(), patterns.end());
  return {};
}

template <bool ConvertOptions::*Member>
Status setOption(ConvertArgs& args, const std::string& text) {
  args.options.*Member = *booleanOf(text);
  return {};
}
template <bool ConvertArgs::*Member>
Status setArg(ConvertArgs& args, const std::string& text) {
  args.*Member = *booleanOf(text);
  return {};
}

Status setShardBytes(ConvertArgs& args, const std::string& text) {
  auto& bytes = args.options.weightShardSizeBytes;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error == std::errc() && end == text.data() + text.size() && bytes > 0) return {};
  return Status::invalid("--weight_shard_size_bytes is '" + text + "'; it must be a positive number of bytes.");
}

Status setTolerance(ConvertArgs& args, const std::string& text) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), args.tolerance);
  if (error == std::errc() && end == text.data() + text.size() && args.tolerance >= 0) return {};
  return Status::invalid("--tolerance is '" + text + "'; it must be a number that is not negative.");
}

Status setMetadata(ConvertArgs& args, const std::string& text) {
  for (const std::string& item : splitList(text)) {
    const auto colon = item.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == item.size())
      return Status::invalid("--metadata holds '" + item + "', which is not KEY:FILE.json.");
    args.metadataFiles.emplace_back(item.substr(0, colon), item.substr(colon + 1));
  }
  return {};
}

Status setQuantizationBytes(ConvertArgs& args, const std::string& text) {
  if (text != "1" && text != "2") return Status::invalid("--quantization_bytes is '" + text + "'; it must be 1 or 2.");
  args.notes.push_back("--quantization_bytes is deprecated; --quantize_uint8 and --quantize_uint16 do the same.");
  return setPatterns(args, text == "1" ? Quantization::kUint8 : Quantization::kUint16, "*");
}

Status setTarget(ConvertArgs& args, const std::string& text) {
  if (text != "tfjs" && text != "texflow") return Status::invalid("--target is '" + text + "'; it must be tfjs or texflow.");
  args.options.target = text == "tfjs" ? Target::kTfjs : Target::kTexflow;
  return {};
}

const Flag kFlags[] = {
    {"input_format", Takes::kValue,
     [](ConvertArgs& a, const std::string& v) { return setFormat(a.options.inputFormat, "--input_format", v); },
     "tf_saved_model, tf_hub, tf_frozen_model, keras, keras_keras, keras_saved_model, tfjs_graph_model or "
     "tfjs_layers_model; told by the content where absent"},
    {"output_format", Takes::kValue,
     [](ConvertArgs& a, const std::string& v) { return setFormat(a.options.outputFormat, "--output_format", v); },
     "tfjs_graph_model, tfjs_layers_model, keras, keras_keras or keras_saved_model; the usual one where absent"},
    {"signature_name", Takes::kValue,
     [](ConvertArgs& a, const std::string& v) { return a.options.signatureName = v, Status(); },
     "signature to convert (serving_default)"},
    {"saved_model_tags", Takes::kValue,
     [](ConvertArgs& a, const std::string& v) { return a.options.tags = splitList(v), Status(); },
     "tags of the MetaGraph, with commas (serve)"},
    {"output_node_names", Takes::kValue,
     [](ConvertArgs& a, const std::string& v) { return a.options.outputNodeNames = splitList(v), Status(); },
     "outputs of a frozen graph, with commas"},
    {"quantize_float16", Takes::kPatterns,
     [](ConvertArgs& a, const std::string& v) { return setPatterns(a, Quantization::kFloat16, v); },
     "weights to store as float16: all, or those that =PATTERN,.. names"},
    {"quantize_uint8", Takes::kPatterns,
     [](ConvertArgs& a, const std::string& v) { return setPatterns(a, Quantization::kUint8, v); }, "the same as uint8"},
    {"quantize_uint16", Takes::kPatterns,
     [](ConvertArgs& a, const std::string& v) { return setPatterns(a, Quantization::kUint16, v); }, "the same as uint16"},
    {"quantization_bytes", Takes::kValue, setQuantizationBytes, "deprecated: 1 or 2"},
    {"weight_shard_size_bytes", Takes::kValue, setShardBytes, "largest size of a weight file (4194304)"},
    {"split_weights_by_layer", Takes::kBoolean, setOption<&ConvertOptions::splitWeightsByLayer>,
     "a group of weight files for each layer of a layers-model"},
    {"skip_op_check", Takes::kBoolean, setOption<&ConvertOptions::skipOpCheck>,
     "write the model even if it has ops that the target lacks"},
    {"strip_debug_ops", Takes::kBoolean, setOption<&ConvertOptions::stripDebugOps>,
     "leave out Print, Assert and CheckNumerics (True)"},
    {"use_structured_outputs_names", Takes::kBoolean, setOption<&ConvertOptions::useStructuredOutputsNames>,
     "predict() answers a map by output name"},
    {"control_flow_v2", Takes::kBoolean, setOption<&ConvertOptions::controlFlowV2>, "keep If and While with functions"},
    {"experiments", Takes::kBoolean, [](ConvertArgs&, const std::string&) { return Status(); }, "accepted, no effect"},
    {"metadata", Takes::kValue, setMetadata, "KEY:FILE.json,.. for userDefinedMetadata"},
    {"target", Takes::kValue, setTarget, "tfjs (default) or texflow: whose ops the model may have"},
    {"passes", Takes::kValue, [](ConvertArgs& a, const std::string& v) { return a.options.passes = splitList(v), Status(); },
     "only these passes, with commas"},
    {"print_passes", Takes::kBoolean, setArg<&ConvertArgs::printPasses>, "list the passes, or what each did"},
    {"verify", Takes::kBoolean, setArg<&ConvertArgs::verify>,
     "run source and result on the same inputs; exit code 2 where they differ"},
    {"tolerance", Takes::kValue, setTolerance, "of --verify: largest error over max(1, largest value) (0.001)"},
    {"json", Takes::kValue, [](ConvertArgs& a, const std::string& v) { return a.json = v, Status(); },
     "report as JSON to this file, - for standard output"},
    {"quiet", Takes::kBoolean, setArg<&ConvertArgs::quiet>, "print nothing but errors"},
    {"version", Takes::kBoolean, setArg<&ConvertArgs::version>, "print the version"},
};

const Flag* findFlag(const std::string& name) {
  for (const Flag& flag : kFlags)
    if (name == flag.name) return &flag;
  return nullptr;
}

struct Token {
  const Flag* flag = nullptr;  ///< Null: a path.
  std::string value;
  bool hasValue = false;
};

Result<std::vector<Token>> tokenize(const std::vector<std::string>& tokens) {
  std::vector<Token> list;
  bool onlyPaths = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (!onlyPaths && token == "--") {
      onlyPaths = true;
      continue;
    }
    if (onlyPaths || token.size() < 2 || token[0] != '-') {
      list.push_back({nullptr, token, true});
      continue;
    }
    const auto equals = token.find('=');
    std::string name = token == "-v" ? "version" : token.substr(token.starts_with("--") ? 2 : 1, std::string::npos);
    if (equals != std::string::npos) name = name.substr(0, name.find('='));
    std::replace(name.begin(), name.end(), '-', '_');
    const Flag* flag = token.starts_with("--") || token == "-v" ? findFlag(name) : nullptr;
    if (!flag) return Status::invalid("There is no option '" + token + "'; see texflow convert --help.");
    Token parsed{flag, {}, equals != std::string::npos};
    if (parsed.hasValue) {
      if (flag->takes == Takes::kNothing) return Status::invalid("The option --" + name + " takes no value.");
      parsed.value = token.substr(equals + 1);
    } else if (flag->takes == Takes::kValue) {
      if (i + 1 == tokens.size()) return Status::invalid("The option --" + name + " needs a value.");
      parsed.value = tokens[++i];
      parsed.hasValue = true;
    } else if (flag->takes == Takes::kBoolean && i + 1 < tokens.size()) {
      const std::string& next = tokens[i + 1];
      if (!next.empty() && next != "0" && next != "1" && booleanOf(next)) {
        parsed.value = tokens[++i];
        parsed.hasValue = true;
      }
    }
    list.push_back(std::move(parsed));
  }
  return list;
}

/// A path behind a quantization flag is its patterns where there would be too many paths otherwise.
void assignPatterns(std::vector<Token>& list) {
  auto paths = std::count_if(list.begin(), list.end(), [](const Token& token) { return !token.flag; });
  for (std::size_t i = 0; i + 1 < list.size() && paths > 2; ++i) {
    if (!list[i].flag || list[i].flag->takes != Takes::kPatterns || list[i].hasValue || list[i + 1].flag) continue;
    list[i].value = list[i + 1].value;
    list[i].hasValue = true;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    --paths;
  }
}

}  // namespace

Result<ConvertArgs> parseConvertArgs(const std::vector<std::string>& tokens) {
  TEXFLOW_ASSIGN(std::vector<Token> list, tokenize(tokens));
  assignPatterns(list);
  ConvertArgs args;
  std::vector<std::string> paths;
  for (const Token& token : list) {
    if (!token.flag) {
      paths.push_back(token.value);
      continue;
    }
    const bool boolean = token.flag->takes == Takes::kBoolean;
    if (boolean && token.hasValue && !booleanOf(token.value))
      return Status::invalid("--" + std::string(token.flag->name) + " is '" + token.value + "'; it must be True or False.");
    TEXFLOW_TRY(token.flag->set(args, boolean && !token.hasValue ? "true" : token.value));
  }
  if (args.version || (args.printPasses && paths.empty())) return args;
  if (paths.size() != 2)
    return Status::invalid("texflow convert needs an input and an output path, and got " + std::to_string(paths.size()) +
                           " paths.");
  args.input = paths[0];
  args.output = paths[1];
  return args;
}

std::string convertHelp() {
  std::string text = "Converts a model, with the options of tensorflowjs_converter and some more.\n\n";
  text += "Usage: texflow convert [OPTIONS] INPUT OUTPUT\n\nOptions (--name=value or --name value):\n";
  for (const Flag& flag : kFlags) {
    std::string name = std::string("  --") + flag.name;
    name.resize(std::max<std::size_t>(name.size() + 1, 34), ' ');
    text += name + flag.help + "\n";
  }
  return text;
}

std::string shellQuoted(const std::string& token) {
  const bool plain = !token.empty() && std::all_of(token.begin(), token.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("_-./=:,+@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return token;
  std::string quoted = "'";
  for (const char c : token) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace texflow::cli
