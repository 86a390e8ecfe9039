#include "launches.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

extern char** environ;

namespace texflow::cli {
namespace {

constexpr std::size_t kMaxOutputBytes = std::size_t{64} << 20;

std::vector<std::string> environmentOf(bool driverCache) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  if (driverCache) return variables;
  const std::string off[] = {"MESA_SHADER_CACHE_DISABLE=true", "__GL_SHADER_DISK_CACHE=0"};
  for (const std::string& setting : off) {
    const std::string name = setting.substr(0, setting.find('=') + 1);
    std::erase_if(variables, [&](const std::string& variable) { return variable.starts_with(name); });
    variables.push_back(setting);
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::string readAll(int fd) {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || text.size() > kMaxOutputBytes) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<Json> launchOnce(std::vector<std::string> arguments, std::vector<std::string> environment) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  arguments.insert(arguments.begin(), "texflow");
  arguments.push_back("--launched-at");
  arguments.push_back(std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return Status::invalid(std::string("A pipe cannot be made: ") + std::strerror(errno) + ".");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t process = 0;
  const int spawned =
      posix_spawn(&process, "/proc/self/exe", &actions, nullptr, pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  const std::string text = spawned == 0 ? readAll(ends[0]) : "";
  close(ends[0]);
  if (spawned != 0)
    return Status::invalid(std::string("The program cannot be started again: ") + std::strerror(spawned) + ".");
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string prefix = "texflow: ", error = text.substr(0, text.find('\n'));
    return Status::invalid(error.starts_with(prefix) ? error.substr(prefix.size()) : "A launch failed.");
  }
  // The report is the last line; notes of the engine may come before it.
  const auto last = text.find_last_of('\n', text.empty() ? 0 : text.size() - 2);
  Json report = Json::parse(last == std::string::npos ? text : text.substr(last + 1), nullptr, false);
  if (!report.is_object()) return Status::invalid("A launch printed no report.");
  return report;
}

double numberAt(const Json& report, const char* object, const char* key) {
  return object ? report.at(object).value(key, -1.0) : report.value(key, -1.0);
}

double prepareMs(const Json& report) {
  double sum = 0;
  for (const Phase& phase : kPhases)
    if (phase.prepares) sum += std::max(0.0, numberAt(report, "phasesMs", phase.key));
  return sum;
}

double worstOf(const Json& report, std::size_t from, std::size_t to) {
  double worst = -1;
  const Json& runs = report.at("runsMs");
  for (std::size_t i = from; i < std::min(to, runs.size()); ++i) worst = std::max(worst, runs[i].get<double>());
  return worst;
}

}  // namespace

Result<std::vector<Json>> launch(const std::vector<std::string>& arguments, int times, bool driverCache) {
  std::vector<Json> reports;
  for (int i = 0; i < times; ++i) {
    TEXFLOW_ASSIGN(Json report, launchOnce(arguments, environmentOf(driverCache)));
    reports.push_back(std::move(report));
  }
  return reports;
}

double medianOf(std::vector<double> values) {
  if (values.empty()) return -1;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Json summarize(const std::vector<Json>& launches) {
  Json medians = Json::object();
  const auto add = [&](const char* name, auto&& value) {
    std::vector<double> values;
    for (const Json& report : launches) values.push_back(value(report));
    medians[name] = medianOf(values);
  };
  for (const Phase& phase : kPhases)
    add(phase.key, [&](const Json& report) { return numberAt(report, "phasesMs", phase.key); });
  add("prepare", prepareMs);
  add("firstRun", [](const Json& report) { return numberAt(report, nullptr, "firstRunMs"); });
  add("steady", [](const Json& report) { return numberAt(report, "steadyMs", "median"); });
  add("worstOfRuns2To100", [](const Json& report) { return worstOf(report, 1, 100); });
  add("firstResult", [](const Json& report) { return numberAt(report, nullptr, "firstResultMs"); });
  return {{"launches", launches.size()}, {"medianMs", medians}, {"reports", launches}};
}

}  // namespace texflow::cli
