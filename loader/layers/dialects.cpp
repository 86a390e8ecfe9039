#include "layers/dialects.h"

#include <utility>

namespace texflow {
namespace {

constexpr std::pair<const char*, const char*> kRenamed[] = {
    {"nb_filter", "filters"},
    {"border_mode", "padding"},
    {"bias", "use_bias"},
    {"p", "rate"},
    {"subsample", "strides"},
    {"subsample_length", "strides"},
    {"filter_length", "kernel_size"},
    {"inner_activation", "recurrent_activation"},
};

void rename(Json& config, const char* from, const char* to) {
  const auto found = config.find(from);
  if (found == config.end() || config.contains(to)) return;
  config[to] = *found;
}

bool isClass(std::string_view name, std::initializer_list<const char*> names) {
  for (const char* known : names)
    if (name == known) return true;
  return false;
}

void modernizeLayer(Json& layer) {
  if (!layer.is_object() || !layer.contains("config")) return;
  const std::string name(textOf(member(layer, "class_name")));
  Json& config = layer["config"];
  if (!config.is_object()) {
    if (config.is_array()) modernize(layer);
    return;
  }
  if (config.contains("layers")) return modernize(layer);
  if (config.contains("nb_filter") || config.contains("border_mode") || config.contains("dim_ordering") ||
      isClass(name, {"Merge", "Highway", "MaxoutDense"}) || (name == "Dense" && config.contains("output_dim")) ||
      (name == "Dropout" && config.contains("p"))) {
    for (const auto& [from, to] : kRenamed) rename(config, from, to);
    if (name == "Dense") rename(config, "output_dim", "units");
    if (config.contains("nb_row") && config.contains("nb_col"))
      config["kernel_size"] = Json::array({config["nb_row"], config["nb_col"]});
    if (const Json* ordering = member(config, "dim_ordering"))
      config["data_format"] = textOf(ordering) == "th" ? "channels_first" : "channels_last";
    if (name == "Merge") {
      const std::string mode(textOf(member(config, "mode")));
      const std::pair<const char*, const char*> modes[] = {{"concat", "Concatenate"}, {"sum", "Add"},
                                                           {"mul", "Multiply"},       {"ave", "Average"},
                                                           {"max", "Maximum"},        {"dot", "Dot"}};
      for (const auto& [from, to] : modes)
        if (mode == from) layer["class_name"] = to;
      if (config.contains("concat_axis")) config["axis"] = Json(config["concat_axis"]);
    }
  }
}

}  // namespace

std::string snakeCase(std::string_view name) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (upper(name[i]) && i > 0 && ((i + 1 < name.size() && lower(name[i + 1])) || lower(name[i - 1]))) text += '_';
    if (upper(name[i])) text += static_cast<char>(name[i] - 'A' + 'a');
    else if (lower(name[i]) || (name[i] >= '0' && name[i] <= '9') || name[i] == '_') text += name[i];
  }
  return text;
}

std::string numberedPath(std::string_view className, std::map<std::string, int>& seen) {
  std::string path = snakeCase(className);
  const int number = seen[path]++;
  return number == 0 ? path : path + "_" + std::to_string(number);
}

void modernize(Json& model) {
  if (!model.is_object() || !model.contains("config")) return;
  Json& config = model["config"];
  // Keras 1 wrote the layers of a Sequential model as the config itself.
  Json* layers = config.is_array() ? &config : config.is_object() && config.contains("layers") ? &config["layers"] : nullptr;
  if (!layers || !layers->is_array()) return;
  for (Json& layer : *layers) modernizeLayer(layer);
}

}  // namespace texflow
