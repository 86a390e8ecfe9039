#include <algorithm>
#include <cstdio>

#include "texflow/session.h"

namespace texflow {
namespace {

constexpr std::size_t kListedRuns = 100;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

double percentile(std::vector<double> sorted, double share) {
  if (sorted.empty()) return -1;
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

}  // namespace

std::string Report::toJson() const {
  // Steady runs are those from the third on.
  const std::vector<double> steady(runMs.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, runMs.size())),
                                   runMs.end());
  std::string json = "{\"device\":{\"backend\":" + quoted(backend) + ",\"vendor\":" + quoted(vendor) +
                     ",\"renderer\":" + quoted(renderer) + ",\"version\":" + quoted(version) +
                     ",\"storage\":" + quoted(storage) + ",\"stripes\":" + std::to_string(stripes) + "}";
  json += ",\"phasesMs\":{\"read\":" + number(readMs) + ",\"parse\":" + number(parseMs) + ",\"plan\":" + number(planMs) +
          ",\"upload\":" + number(uploadMs) + ",\"compile\":" + number(compileMs) + ",\"firstDraw\":" + number(firstDrawMs) +
          ",\"warmUp\":" + number(warmUpMs) + "}";
  json += ",\"expectedRunMs\":" + number(expectedRunMs);
  json += ",\"firstRunMs\":" + number(firstRunMs) + ",\"preparedBeforeRun\":" + (preparedBeforeRun ? "true" : "false");
  json += ",\"steadyMs\":{\"n\":" + std::to_string(steady.size()) + ",\"median\":" + number(percentile(steady, 0.5)) +
          ",\"p90\":" + number(percentile(steady, 0.9)) + ",\"min\":" + number(percentile(steady, 0)) + "}";
  json += ",\"runsMs\":[";
  for (std::size_t i = 0; i < std::min(kListedRuns, runMs.size()); ++i) json += (i ? "," : "") + number(runMs[i]);
  json += "]";
  json += ",\"runTiers\":[";
  for (std::size_t i = 0; i < std::min(kListedRuns, runTiers.size()); ++i)
    json += (i ? "," : "") + quoted(std::string(tierName(runTiers[i])));
  json += "],\"lastTier\":" + (runTiers.empty() ? "null" : quoted(std::string(tierName(runTiers.back()))));
  json += ",\"prepareError\":" + quoted(prepareError);
  json += ",\"programs\":{\"used\":" + std::to_string(programsUsed) + ",\"compiled\":" + std::to_string(programsCompiled) +
          ",\"fromCache\":" + std::to_string(programsFromCache) + ",\"shared\":" + std::to_string(programsShared) +
          ",\"ms\":[";
  for (std::size_t i = 0; i < programMs.size(); ++i) {
    if (i) json += ",";
    json += "{\"name\":" + quoted(programMs[i].first) + ",\"ms\":" + number(programMs[i].second) + "}";
  }
  json += "]},\"drawsPerRun\":" + std::to_string(drawsPerRun) + ",\"hostSteps\":" + std::to_string(hostSteps) +
          ",\"uploadedBytes\":" + std::to_string(uploadedBytes) +
          ",\"textureBytes\":{\"weights\":" + std::to_string(weightBytes) +
          ",\"planned\":" + std::to_string(textureBytesPlanned) + ",\"peak\":" + std::to_string(textureBytesPeak) +
          ",\"lowerBound\":" + std::to_string(textureBytesLowerBound) + "}}";
  return json;
}

}  // namespace texflow
