#include "bench_page.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace texflow::cli {
namespace {

constexpr int kWidth = 840, kHeight = 260, kLeft = 60, kBottom = 30, kTop = 10;
constexpr const char* kColors[] = {"#8d99ae", "#4d648d", "#577590", "#43aa8b", "#90be6d", "#f9c74f", "#f8961e", "#f94144"};

constexpr const char* kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 860px; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; } td, th { padding: 2px 14px 2px 0; text-align: left; }
td.ms { text-align: right; font-variant-numeric: tabular-nums; } svg { width: 100%; height: auto; } text { font-size: 12px; fill: #555; }
.one { fill: none; stroke: #bbb; } .median { fill: none; stroke: #d1495b; stroke-width: 2; } .axis { stroke: #ddd; }
</style>
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

std::string number(double value, int digits = 2) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(text) +
         "</text>\n";
}

std::string row(const std::string& name, double ms) {
  if (ms < 0) return "";
  return "<tr><td>" + escaped(name) + "</td><td class=\"ms\">" + number(ms) + " ms</td></tr>\n";
}

/// 1, 2 or 5 times a power of ten, so that about five of them reach `top`.
double tickOf(double top) {
  const double power = std::pow(10.0, std::floor(std::log10(top / 5)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power * 5 >= top) return step * power;
  return 10 * power;
}

/// Time over run number: every launch grey, their median in front.
std::string runsPlot(const Json& launches) {
  std::size_t runs = 0;
  double top = 0;
  for (const Json& report : launches) {
    runs = std::max(runs, report.at("runsMs").size());
    for (const Json& ms : report.at("runsMs")) top = std::max(top, ms.get<double>());
  }
  if (runs == 0 || !(top > 0)) return "";
  const auto x = [&](std::size_t run) {
    return kLeft +
           (kWidth - kLeft - 10.0) * static_cast<double>(run) / static_cast<double>(std::max<std::size_t>(1, runs - 1));
  };
  const auto y = [&](double ms) { return kTop + (kHeight - kTop - kBottom) * (1 - ms / top); };
  const auto line = [&](const char* style, const std::vector<double>& values) {
    std::string points;
    for (std::size_t i = 0; i < values.size(); ++i) points += number(x(i), 1) + "," + number(y(values[i]), 1) + " ";
    return std::string("<polyline class=\"") + style + "\" points=\"" + points + "\"/>\n";
  };
  std::string svg = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(kHeight) + "\">\n";
  const double tick = tickOf(top);
  for (int i = 0; i * tick <= top; ++i) {
    const std::string at = number(y(i * tick), 1);
    svg += "<line class=\"axis\" x1=\"" + std::to_string(kLeft) + "\" x2=\"" + std::to_string(kWidth - 10) + "\" y1=\"" +
           at + "\" y2=\"" + at + "\"/>\n" +
           label(kLeft - 6, y(i * tick) + 4, "end", number(i * tick, tick < 1 ? 1 : 0) + " ms");
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t run = (runs - 1) * i / 4;
    svg += label(x(run), kHeight - 10, "middle", "run " + std::to_string(run + 1));
  }
  std::vector<double> median;
  for (std::size_t run = 0; run < runs; ++run) {
    std::vector<double> values;
    for (const Json& report : launches)
      if (run < report.at("runsMs").size()) values.push_back(report.at("runsMs")[run].get<double>());
    median.push_back(medianOf(values));
  }
  for (const Json& report : launches) svg += line("one", report.at("runsMs").get<std::vector<double>>());
  return svg + line("median", median) + "</svg>\n";
}

/// The phases up to the first outputs, one after the other.
std::string phasesBar(const Json& medians) {
  double sum = 0;
  std::vector<std::pair<std::string, double>> parts;
  for (const Phase& phase : kPhases) parts.emplace_back(phase.name, std::max(0.0, medians.value(phase.key, 0.0)));
  parts.emplace_back("first run", std::max(0.0, medians.value("firstRun", 0.0)));
  for (const auto& [name, ms] : parts) sum += ms;
  if (!(sum > 0)) return "";
  std::string svg = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " 76\">\n";
  double at = 0;
  int key = 0;
  for (const auto& [name, ms] : parts) {
    const std::string color = kColors[static_cast<std::size_t>(key) % std::size(kColors)];
    const double width = kWidth * ms / sum;
    svg += "<rect x=\"" + number(at) + "\" y=\"0\" width=\"" + number(width) + "\" height=\"36\" fill=\"" + color +
           "\"><title>" + name + ": " + number(ms) + " ms</title></rect>\n";
    const int x = key % 4 * 210, y = 44 + key / 4 * 18;
    svg += "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"10\" height=\"10\" fill=\"" +
           color + "\"/>\n" + label(x + 14, y + 9, "start", name + " " + number(ms, 1) + " ms");
    at += width;
    ++key;
  }
  return svg + "</svg>\n";
}

}  // namespace

std::string benchPage(const std::string& model, const Json& summary) {
  const Json &launches = summary.at("reports"), &medians = summary.at("medianMs");
  const Json &report = launches.at(0), &device = report.at("device");
  std::string page = kHead;
  page += "<title>" + escaped(model) + "</title></head><body>\n<h1>First and later runs</h1>\n<p>" + escaped(model) +
          "<br>" + escaped(device.value("renderer", "")) + ", " +
          escaped(device.value("version", device.value("backend", ""))) + "<br>Medians of " +
          std::to_string(launches.size()) + " launches, " + std::to_string(report.at("programs").value("compiled", 0)) +
          " programs compiled, " + std::to_string(report.at("programs").value("fromCache", 0)) + " from the cache.</p>\n";
  page += "<h2>From start to first result</h2>\n" + phasesBar(medians);
  page += "<table>" + row("prepare (plan, upload, compile, first draws)", medians.value("prepare", -1.0)) +
          row("first run", medians.value("firstRun", -1.0)) + row("steady run", medians.value("steady", -1.0)) +
          row("worst of runs 2 to 100", medians.value("worstOfRuns2To100", -1.0)) +
          row("from process start to first result", medians.value("firstResult", -1.0)) + "</table>\n";
  page += "<h2>Time of each run</h2>\n" + runsPlot(launches);
  std::vector<std::pair<double, std::string>> programs;
  for (const Json& program : report.at("programs").at("ms"))
    programs.emplace_back(program.value("ms", 0.0), program.value("name", ""));
  std::sort(programs.rbegin(), programs.rend());
  page += "<h2>Programs of the first launch: compiling and first draw</h2>\n<table>";
  for (const auto& [ms, name] : programs) page += row(name, ms);
  return page + "</table>\n</body></html>\n";
}

}  // namespace texflow::cli
