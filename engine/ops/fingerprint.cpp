#include "ops/fingerprint.h"

#include <cstring>
#include <utility>

namespace texflow {
namespace {

using U64 = std::uint64_t;

// The multipliers of FarmHash.
constexpr U64 kM0 = 0xc3a5c85c97cb3127, kM1 = 0xb492b66fbe98f273, kM2 = 0x9ae16a3b2f90404f;

U64 load64(const char* at) {
  U64 value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
U64 load32(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
U64 turn(U64 value, int by) { return value >> by | value << (64 - by); }
U64 fold(U64 value) { return value ^ value >> 47; }
U64 mix(U64 u, U64 v, U64 mul) {
  const U64 a = fold((u ^ v) * mul);
  return fold((v ^ a) * mul) * mul;
}

U64 upTo16(const char* s, U64 n) {
  const U64 mul = kM2 + n * 2;
  if (n >= 8) {
    const U64 a = load64(s) + kM2, b = load64(s + n - 8);
    return mix(turn(b, 37) * mul + a, (turn(a, 25) + b) * mul, mul);
  }
  if (n >= 4) return mix(n + (load32(s) << 3), load32(s + n - 4), mul);
  if (n == 0) return kM2;
  const auto byte = [s](U64 i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(s[i])); };
  const std::uint32_t y = byte(0) + (byte(n >> 1) << 8), z = static_cast<std::uint32_t>(n) + (byte(n - 1) << 2);
  return fold(y * kM2 ^ z * kM0) * kM2;
}

U64 upTo32(const char* s, U64 n) {
  const U64 mul = kM2 + n * 2, a = load64(s) * kM1, b = load64(s + 8);
  const U64 c = load64(s + n - 8) * mul, d = load64(s + n - 16) * kM2;
  return mix(turn(a + b, 43) + turn(c, 30) + d, a + turn(b + kM2, 18) + c, mul);
}

U64 upTo64(const char* s, U64 n) {
  const U64 mul = kM2 + n * 2, a = load64(s) * kM2, b = load64(s + 8);
  const U64 c = load64(s + n - 8) * mul, d = load64(s + n - 16) * kM2;
  const U64 y = turn(a + b, 43) + turn(c, 30) + d, z = mix(y, a + turn(b + kM2, 18) + c, mul);
  const U64 e = load64(s + 16) * mul, f = load64(s + 24);
  const U64 g = (y + load64(s + n - 32)) * mul, h = (z + load64(s + n - 24)) * mul;
  return mix(turn(e + f, 43) + turn(g, 30) + h, e + turn(f + a, 18) + g, mul);
}

using Pair = std::pair<U64, U64>;

/// 32 bytes and two seeds.
Pair absorb(const char* s, U64 a, U64 b) {
  const U64 w = load64(s), x = load64(s + 8), y = load64(s + 16), z = load64(s + 24);
  a += w;
  b = turn(b + a + z, 21);
  const U64 c = a;
  a += x + y;
  b += turn(a, 44);
  return {a + z, b + c};
}

/// The state of strings longer than 64 bytes.
struct State {
  U64 x, y, z;
  Pair v{0, 0}, w{0, 0};

  /// Takes 64 bytes in; `m` and `f` are k1 and 1 but for the last.
  void step(const char* s, U64 m, U64 f) {
    x = turn(x + y + v.first + load64(s + 8), 37) * m;
    y = turn(y + v.second + load64(s + 48), 42) * m;
    x ^= w.second * f;
    y += v.first * f + load64(s + 40);
    z = turn(z + w.first, 33) * m;
    v = absorb(s, v.second * m, x + w.first);
    w = absorb(s + 32, z + w.second, y + load64(s + 16));
    std::swap(z, x);
  }
};

}  // namespace

U64 fingerprint64(std::string_view text) {
  const char* s = text.data();
  const U64 n = text.size();
  if (n <= 16) return upTo16(s, n);
  if (n <= 32) return upTo32(s, n);
  if (n <= 64) return upTo64(s, n);
  constexpr U64 kSeed = 81;
  State state{kSeed * kM2 + load64(s), kSeed * kM1 + 113, 0};
  state.z = fold(state.y * kM2 + 113) * kM2;
  const U64 rest = (n - 1) & 63;
  for (U64 at = 0; at < (n - 1) / 64 * 64; at += 64) state.step(s + at, kM1, 1);
  const U64 mul = kM1 + ((state.z & 0xff) << 1);
  state.w.first += rest;
  state.v.first += state.w.first;
  state.w.first += state.v.first;
  state.step(s + n - 64, mul, 9);
  return mix(mix(state.v.first, state.w.first, mul) + fold(state.y) * kM0 + state.z,
             mix(state.v.second, state.w.second, mul) + state.x, mul);
}

}  // namespace texflow
