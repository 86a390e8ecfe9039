// The tiers of a session: the same model computed by the processor or by the GPU.
#pragma once
#include <string_view>

namespace texflow {

enum class Tier { kHost, kGl };

/// "host" or "gl".
constexpr std::string_view tierName(Tier tier) { return tier == Tier::kHost ? "host" : "gl"; }

}  // namespace texflow
