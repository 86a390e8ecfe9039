// budget_test TABLE MODELS_FOLDER [--update]
// Plans every model of the table that has been fetched and fails when one needs more programs or more texture bytes than
// its row allows. Counts, not times: they are the same on every machine. --update writes what the plans need now.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "plan/plan.h"
#include "texflow/loader.h"

namespace texflow {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE

struct Counts {
  std::int64_t programs = 0, plannedBytes = 0;
};

// What tells the programs of one device apart (programs/program_key.h, which needs GL).
using Program = std::tuple<std::string, std::size_t, std::size_t, bool>;
Program programOf(const DrawStep& step) {
  return {step.kernel.text(), step.inputs.size(), std::max<std::size_t>(1, (step.params.size() + 3) / 4), step.weights >= 0};
}

Result<Counts> countsOf(const std::string& path, const Json& inputs, const PlanOptions& options) {
  TEXFLOW_ASSIGN(const Graph graph, loadGraphModel(path));
  std::map<Port, TensorInfo> feeds;
  for (const Endpoint& input : graph.inputs) {
    Shape shape = inputs.contains(input.name) ? inputs.at(input.name).get<Shape>() : input.shape;
    if (!shape.empty() && shape[0] < 0) shape[0] = 1;  // An unknown batch, as Session::prepare() takes it.
    feeds[input.port] = {input.dtype, shape, nullptr};
  }
  std::vector<Port> outputs;
  for (const Endpoint& output : graph.outputs) outputs.push_back(output.port);
  TEXFLOW_ASSIGN(const Plan plan, makePlan(graph, feeds, outputs, options));
  std::set<Program> programs;
  for (const Step& step : plan.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) programs.insert(programOf(*draw));
  return Counts{static_cast<std::int64_t>(programs.size()), plan.bytesPlanned};
}

/// One row a line, so that changes of the table can be read.
bool writeTable(const std::string& path, const Json& table) {
  std::ofstream file(path);
  file << "{\n  \"plan\": " << table.at("plan").dump() << ",\n  \"models\": [";
  const char* before = "\n";
  for (const Json& row : table.at("models")) {
    file << before << "    " << row.dump();
    before = ",\n";
  }
  file << "\n  ]\n}\n";
  return file.good();
}

int run(const std::string& tablePath, const std::string& folder, bool update) {
  std::ifstream file(tablePath);
  Json table = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
  if (!table.is_object()) {
    std::fprintf(stderr, "The table '%s' is no JSON object.\n", tablePath.c_str());
    return 1;
  }
  PlanOptions options;
  options.stripes = table.at("plan").value("stripes", 8);
  options.rasterTile = table.at("plan").value("rasterTile", 0);
  options.hostWork = table.at("plan").value("hostWork", std::int64_t{0});
  options.headProducts = table.at("plan").value("headProducts", 0);
  int checked = 0, failed = 0;
  for (Json& row : table.at("models")) {
    const std::string id = row.value("id", ""), path = folder + "/" + row.value("path", "");
    if (!std::filesystem::exists(path)) {
      std::printf("skip %-24s %s was not fetched\n", id.c_str(), path.c_str());
      continue;
    }
    const auto counts = countsOf(path, row.at("inputs"), options);
    ++checked;
    if (!counts.ok()) {
      std::printf("FAIL %-24s %s\n", id.c_str(), counts.status().message().c_str());
      ++failed;
      continue;
    }
    const Counts limit{row.value("programs", std::int64_t{0}), row.value("plannedBytes", std::int64_t{0})};
    const bool ok = update || (counts->programs <= limit.programs && counts->plannedBytes <= limit.plannedBytes);
    failed += ok ? 0 : 1;
    std::printf("%s %-24s %lld programs (%lld), %lld bytes (%lld)\n", ok ? "ok  " : "FAIL", id.c_str(),
                static_cast<long long>(counts->programs), static_cast<long long>(limit.programs),
                static_cast<long long>(counts->plannedBytes), static_cast<long long>(limit.plannedBytes));
    row["programs"] = counts->programs;
    row["plannedBytes"] = counts->plannedBytes;
  }
  if (failed > 0) {
    std::printf(
        "%d of %d models need more than %s allows. Where that is meant, `make budgets` writes the table anew; commit "
        "it with the change.\n",
        failed, checked, tablePath.c_str());
    return 1;
  }
  if (update && !writeTable(tablePath, table)) {
    std::fprintf(stderr, "The table '%s' cannot be written.\n", tablePath.c_str());
    return 1;
  }
  return checked > 0 ? 0 : kSkipped;
}

}  // namespace
}  // namespace texflow

int main(int argc, char** argv) {
  const bool update = argc == 4 && std::strcmp(argv[3], "--update") == 0;
  if (argc != 3 && !update) {
    std::fprintf(stderr, "Usage: budget_test TABLE MODELS_FOLDER [--update]\n");
    return 1;
  }
  return texflow::run(argv[1], argv[2], update);
}
