// Functions that the elementwise ops use in their expressions (EXPR).
bvec4 either(bvec4 a, bvec4 b) { return bvec4(vec4(a) + vec4(b)); }

// Drivers turn comparisons that would keep a NaN into min and max, which drop it; isnan stays.
vec4 clampTo(vec4 a, float low, float high) { return mix(min(max(a, vec4(low)), vec4(high)), a, isnan(a)); }

vec4 withSign(vec4 magnitude, vec4 a) { return mix(magnitude, -magnitude, lessThan(a, vec4(0.0))); }

// Exact for integers below 2^24 whatever the rounding of the device's division: the quotient is corrected by its rest.
vec4 flooredQuotient(vec4 a, vec4 b) {
  vec4 quotient = floor(a / b);
  vec4 rest = (a - quotient * b) * sign(b);
  return quotient + vec4(greaterThanEqual(rest, abs(b))) - vec4(lessThan(rest, vec4(0.0)));
}
vec4 flooredRest(vec4 a, vec4 b) { return a - b * flooredQuotient(a, b); }
vec4 truncatedQuotient(vec4 a, vec4 b) { return sign(a) * sign(b) * flooredQuotient(abs(a), abs(b)); }
vec4 truncatedRest(vec4 a, vec4 b) { return withSign(flooredRest(abs(a), abs(b)), a); }

vec4 power(vec4 a, vec4 b, float nan) {
  vec4 magnitude = pow(abs(a), b);
  magnitude = mix(magnitude, a * b, either(isnan(a), isnan(b)));
  vec4 halves = b * 0.5;
  bvec4 odd = notEqual(floor(halves), halves);
  vec4 ofNegative = mix(mix(magnitude, -magnitude, odd), vec4(nan), notEqual(floor(b), b));
  vec4 result = mix(magnitude, ofNegative, lessThan(a, vec4(0.0)));
  return mix(result, vec4(1.0), either(equal(b, vec4(0.0)), equal(a, vec4(1.0))));
}

// exp(a) - 1 and log(1 + a) without cancellation near 0.
vec4 expMinusOne(vec4 a) {
  vec4 series = a * (1.0 + a * (0.5 + a * (0.16666667 + a * (0.041666668 + a * (0.008333334 + a * (0.0013888889 +
                a * 0.0001984127))))));
  return mix(exp(a) - 1.0, series, lessThan(abs(a), vec4(0.5)));
}
vec4 logOnePlus(vec4 a) {
  vec4 s = a / (2.0 + a), q = s * s;
  vec4 series = 2.0 * s * (1.0 + q * (0.33333334 + q * (0.2 + q * (0.14285715 + q * 0.11111111))));
  return mix(log(1.0 + a), series, lessThan(abs(a), vec4(0.3)));
}

vec4 tangentH(vec4 a) {
  // tanh(10) rounds to 1; larger arguments would overflow.
  vec4 t = expMinusOne(2.0 * mix(abs(a), vec4(10.0), greaterThan(abs(a), vec4(10.0))));
  return mix(withSign(t / (t + 2.0), a), a, isnan(a));
}
vec4 sineH(vec4 a) {
  vec4 e = expMinusOne(abs(a)), h = exp(0.5 * abs(a));
  vec4 large = 0.5 * h * h;
  return withSign(mix(0.5 * (e + e / (e + 1.0)), large, greaterThan(abs(a), vec4(20.0))), a);
}
vec4 cosineH(vec4 a) {
  vec4 h = exp(0.5 * abs(a));
  return 0.5 * h * h + 0.5 / h / h;
}
vec4 arcSineH(vec4 a) {
  vec4 x = abs(a);
  vec4 small = logOnePlus(x + x * x / (1.0 + sqrt(1.0 + x * x)));
  return withSign(mix(small, log(x) + 0.6931472, greaterThan(x, vec4(1.0e9))), a);
}
vec4 arcCosineH(vec4 a) {
  vec4 t = a - 1.0;
  return mix(logOnePlus(t + sqrt(2.0 * t + t * t)), log(a) + 0.6931472, greaterThan(a, vec4(1.0e9)));
}

// The built-in inverse functions are good to 1e-4 only on some drivers; these are Cephes' polynomials.
vec4 arcSineSmall(vec4 x) {
  vec4 z = x * x;
  return x + x * z * (0.16666752 + z * (0.074953004 + z * (0.045470026 + z * (0.024181311 + z * 0.042163199))));
}
vec4 arcSine(vec4 a) {
  vec4 x = abs(a);
  vec4 large = 1.5707964 - 2.0 * arcSineSmall(sqrt(0.5 * (1.0 - x)));
  return withSign(mix(arcSineSmall(x), large, greaterThan(x, vec4(0.5))), a);
}
vec4 arcCosine(vec4 a) {
  vec4 x = abs(a);
  vec4 large = 2.0 * arcSineSmall(sqrt(0.5 * (1.0 - x)));
  large = mix(large, 3.1415927 - large, lessThan(a, vec4(0.0)));
  return mix(1.5707964 - arcSineSmall(a), large, greaterThan(x, vec4(0.5)));
}
vec4 arcTangent(vec4 a) {
  vec4 x = abs(a);
  bvec4 far = greaterThan(x, vec4(2.4142137)), middle = greaterThan(x, vec4(0.41421357));
  vec4 r = mix(mix(x, (x - 1.0) / (x + 1.0), middle), -1.0 / x, far);
  vec4 z = r * r;
  vec4 angle = r + r * z * (-0.33332949 + z * (0.19977711 + z * (-0.13877685 + z * 0.080537446)));
  return withSign(angle + mix(mix(vec4(0.0), vec4(0.78539819), middle), vec4(1.5707964), far), a);
}
vec4 arcTangent2(vec4 y, vec4 x) {
  vec4 ay = abs(y), ax = abs(x);
  bvec4 steep = greaterThan(ay, ax);
  vec4 small = mix(ay, ax, steep), large = mix(ax, ay, steep);
  vec4 ratio = mix(small / large, vec4(1.0), equal(small, large));
  ratio = mix(ratio, vec4(0.0), equal(large, vec4(0.0)));
  vec4 angle = arcTangent(ratio);
  angle = mix(angle, 1.5707964 - angle, steep);
  angle = withSign(mix(angle, 3.1415927 - angle, lessThan(x, vec4(0.0))), y);
  return mix(mix(angle, x, isnan(x)), y, isnan(y));
}

// High half of a product of 32-bit integers.
uint highProduct(uint a, uint b) {
  uint a0 = a & 0xffffu, a1 = a >> 16, b0 = b & 0xffffu, b1 = b >> 16;
  uint middle = a1 * b0 + ((a0 * b0) >> 16);
  return a1 * b1 + (middle >> 16) + ((a0 * b1 + (middle & 0xffffu)) >> 16);
}
// 2/pi after a word of zeros; a window of it times the 24 bits of x holds x * 2/pi modulo 4 whatever the size of x.
const uint kTwoOverPi[8] = uint[8](0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u,
                                   0xfe5163abu);
// The rest of |x| >= 2^13 after its nearest multiple of pi/2, and that multiple modulo 4.
vec2 quadrantOf(float x) {
  uint bits = floatBitsToUint(x) & 0x7fffffffu;
  int from = int(bits >> 23) - 120;
  uint m = (bits & 0x7fffffu) | 0x800000u;
  int k = from >> 5, shift = from & 31;
  uint a = kTwoOverPi[k], b = kTwoOverPi[k + 1], c = kTwoOverPi[k + 2];
  if (shift > 0) {
    a = (a << shift) | (b >> (32 - shift));
    b = (b << shift) | (c >> (32 - shift));
    c = (c << shift) | (kTwoOverPi[k + 3] >> (32 - shift));
  }
  uint low = m * b, sum = low + highProduct(m, c);
  uint high = m * a + highProduct(m, b) + (sum < low ? 1u : 0u);
  uint quadrant = high >> 30;
  high = (high << 2) | (sum >> 30);
  sum <<= 2;
  float side = 1.0;
  if (high >= 0x80000000u) {
    quadrant += 1u;
    side = -1.0;
    sum = ~sum + 1u;
    high = ~high + (sum == 0u ? 1u : 0u);
  }
  float rest = side * (float(high) * 2.3283064e-10 + float(sum) * 5.4210109e-20) * 1.5707964;
  return x < 0.0 ? vec2(-rest, float((4u - quadrant) & 3u)) : vec2(rest, float(quadrant & 3u));
}
// The built-in functions for moderate angles, and for large ones of the rest. `turn`: quadrants ahead of a sine.
vec4 largeSine(vec4 a, float turn) {
  for (int i = 0; i < 4; ++i) {
    vec2 rest = quadrantOf(a[i]);
    float quadrant = mod(rest.y + turn, 4.0);
    float value = mod(quadrant, 2.0) > 0.5 ? cos(rest.x) : sin(rest.x);
    a[i] = isinf(a[i]) || isnan(a[i]) ? uintBitsToFloat(0x7fc00000u) : quadrant > 1.5 ? -value : value;
  }
  return a;
}
bvec4 isLarge(vec4 a) { return not(lessThan(abs(a), vec4(8192.0))); }
vec4 sine(vec4 a) { return any(isLarge(a)) ? mix(sin(a), largeSine(a, 0.0), isLarge(a)) : sin(a); }
vec4 cosine(vec4 a) { return any(isLarge(a)) ? mix(cos(a), largeSine(a, 1.0), isLarge(a)) : cos(a); }
vec4 tangent(vec4 a) { return any(isLarge(a)) ? mix(tan(a), largeSine(a, 0.0) / largeSine(a, 1.0), isLarge(a)) : tan(a); }

// Abramowitz and Stegun 7.1.26 (1.5e-7), and the series near 0, where it has no relative accuracy.
vec4 errorTail(vec4 x) {
  vec4 t = 1.0 / (1.0 + 0.3275911 * x);
  return exp(-x * x) * t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
}
vec4 errorSeries(vec4 a) {
  vec4 q = a * a;
  return 1.1283792 * a * (1.0 - q * (0.33333334 - q * (0.1 - q * (0.023809524 - q * (0.0046296296 - q * 0.00075757575)))));
}
vec4 errorFunction(vec4 a) {
  vec4 x = abs(a);
  return mix(withSign(1.0 - errorTail(x), a), errorSeries(a), lessThan(x, vec4(0.5)));
}
vec4 errorComplement(vec4 a) {
  vec4 tail = errorTail(abs(a));
  return mix(mix(tail, 2.0 - tail, lessThan(a, vec4(0.0))), 1.0 - errorSeries(a), lessThan(abs(a), vec4(0.5)));
}
