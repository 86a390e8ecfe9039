// x[index]: one StridedSlice for the parts of an index, which are numbers, slices (__slice__ in Keras 3, start/stop/step in
// Keras 2), new axes and an ellipsis.
#include <algorithm>

#include "layers/layers.h"

namespace texflow {

void takeItem(LayerCall& call, const Value& x) {
  GraphBuilder& g = call.graph;
  const Json* spec = call.argument(1, {"slice_spec", "key"});
  if (!spec) return call.fail("Its index cannot be read.");
  const Json single = Json::array({*spec});
  const Json& parts = spec->is_array() ? *spec : single;
  std::vector<std::int64_t> begin, end, strides;
  std::int64_t beginMask = 0, endMask = 0, shrink = 0, newAxis = 0, ellipsis = 0;
  Shape shape;
  int axis = 0, consumed = 0;
  for (const Json& part : parts)
    if (!part.is_null() && textOf(&part) != "Ellipsis" &&
        !(member(part, "class_name") && textOf(member(part, "class_name")) == "__ellipsis__"))
      ++consumed;
  for (const Json& part : parts) {
    const std::int64_t bit = std::int64_t{1} << begin.size();
    if (begin.size() > 16) return call.fail("Its index has too many parts.");
    const std::string_view className = textOf(member(part, "class_name"));
    const Json* slice = className == "__slice__" ? member(part, "config") : part.is_object() ? &part : nullptr;
    begin.push_back(0), end.push_back(0), strides.push_back(1);
    if (part.is_null()) {
      newAxis |= bit;
      shape.push_back(1);
    } else if (className == "__ellipsis__" || textOf(&part) == "Ellipsis") {
      ellipsis |= bit;
      for (; axis < x.rank() - consumed; ++axis) shape.push_back(x.dim(axis));
    } else if (const auto index = integerOf(part); index && part.is_number()) {
      begin.back() = *index;
      end.back() = *index + 1;
      if (*index == -1) endMask |= bit;
      shrink |= bit;
      --consumed;
      ++axis;
    } else if (slice) {
      const Json *start = member(*slice, "start"), *stop = member(*slice, "stop"), *step = member(*slice, "step");
      const auto given = [](const Json* value) { return value && !value->is_null(); };
      const auto number = [&](const Json* value, std::int64_t fallback) {
        return given(value) ? integerOf(*value).value_or(fallback) : fallback;
      };
      for (const Json* value : {start, stop, step})
        if (given(value) && !integerOf(*value))
          return call.fail("Its index " + excerpt(*spec) + " is computed; only constant indices are supported.");
      strides.back() = number(step, 1);
      begin.back() = number(start, 0);
      end.back() = number(stop, 0);
      if (!given(start)) beginMask |= bit;
      if (!given(stop)) endMask |= bit;
      const std::int64_t size = x.dim(axis), by = strides.back();
      if (by == 0 || begin.back() < -kMaxElements || begin.back() > kMaxElements || end.back() < -kMaxElements ||
          end.back() > kMaxElements || by < -kMaxElements || by > kMaxElements)
        return call.fail("Its index " + excerpt(*spec) + " is not possible.");
      if (size < 0) {
        shape.push_back(-1);
      } else {
        const auto clamp = [&](std::int64_t at) {
          return std::clamp<std::int64_t>(at < 0 ? at + size : at, by > 0 ? 0 : -1, by > 0 ? size : size - 1);
        };
        const std::int64_t from = given(start) ? clamp(begin.back()) : by > 0 ? 0 : size - 1;
        const std::int64_t to = given(stop) ? clamp(end.back()) : by > 0 ? size : -1;
        shape.push_back(std::max<std::int64_t>((to - from + by + (by > 0 ? -1 : 1)) / by, 0));
      }
      --consumed;
      ++axis;
    } else {
      return call.fail("Its index " + excerpt(*spec) + " is computed; only constant indices are supported.");
    }
  }
  if (axis > x.rank())
    return call.fail("Its index " + excerpt(*spec) + " has more parts than its input of shape " + shapeText(x.shape) +
                     " has axes.");
  for (; axis < x.rank(); ++axis) shape.push_back(x.dim(axis));
  call.give(g.node("StridedSlice", {x, g.ints(begin), g.ints(end), g.ints(strides)}, x.dtype, shape,
                   {{"begin_mask", beginMask},
                    {"end_mask", endMask},
                    {"ellipsis_mask", ellipsis},
                    {"new_axis_mask", newAxis},
                    {"shrink_axis_mask", shrink}}));
}

}  // namespace texflow
