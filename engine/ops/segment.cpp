// Reductions of rows by segment: Segment*, UnsortedSegment*, SparseSegment*.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

enum class Fold { kSum, kProd, kMax, kMin, kMean, kSqrtN };

struct Kind {
  Fold fold = Fold::kSum;
  bool unsorted = false, sparse = false, counted = false;  ///< counted: the number of segments is an operand.
};

Kind kindOf(const Node& node) {
  std::string name = node.op;
  Kind kind;
  const auto drop = [&](std::string_view prefix) {
    const bool has = name.starts_with(prefix);
    if (has) name = name.substr(prefix.size());
    return has;
  };
  kind.unsorted = kind.counted = drop("Unsorted");
  kind.sparse = drop("Sparse");
  drop("Segment");
  if (name.ends_with("WithNumSegments")) {
    kind.counted = true;
    name = name.substr(0, name.find("With"));
  }
  kind.fold = name == "Sum"    ? Fold::kSum
              : name == "Prod" ? Fold::kProd
              : name == "Max"  ? Fold::kMax
              : name == "Min"  ? Fold::kMin
              : name == "Mean" ? Fold::kMean
                               : Fold::kSqrtN;
  return kind;
}

/// What a segment without rows holds.
template <class T>
T emptyValue(const Kind& kind) {
  if (kind.fold == Fold::kProd) return T{1};
  if (!kind.unsorted) return T{};
  if (kind.fold == Fold::kMax) return std::numeric_limits<T>::lowest();
  if (kind.fold == Fold::kMin) return std::numeric_limits<T>::max();
  return T{};
}

template <class T>
T combined(Fold fold, T a, T b) {
  using Wrapping = std::conditional_t<std::is_same_v<T, std::int32_t>, std::uint32_t, T>;
  switch (fold) {
    case Fold::kProd: return static_cast<T>(static_cast<Wrapping>(a) * static_cast<Wrapping>(b));
    case Fold::kMax: return a < b || b != b ? b : a;
    case Fold::kMin: return b < a || b != b ? b : a;
    default: return static_cast<T>(static_cast<Wrapping>(a) + static_cast<Wrapping>(b));
  }
}

/// Rows, their segments, and how long a row is.
struct Segments {
  std::vector<std::int64_t> rows, ids;
  std::int64_t count = 0, width = 1;
  Shape shape;
};

Result<Segments> segmentsOf(const Kind& kind, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2U + (kind.sparse ? 1U : 0U) + (kind.counted ? 1U : 0U)));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "data", {DType::kFloat32, DType::kInt32}));
  if (inputs[0].shape.empty() && !kind.unsorted) return Status::invalid("The data is a scalar; it must have rows.");
  const std::size_t idsAt = kind.sparse ? 2 : 1;
  TEXFLOW_ASSIGN(std::vector<std::int64_t> ids, intsOperand(inputs, idsAt, "segment_ids"));
  const Shape& data = inputs[0].shape;
  const Shape& idShape = inputs[idsAt].shape;
  Segments segments;
  segments.ids = std::move(ids);
  std::size_t lead = 1;
  if (kind.sparse) {
    TEXFLOW_ASSIGN(segments.rows, intsOperand(inputs, 1, "indices"));
    for (const std::int64_t row : segments.rows)
      if (row < 0 || row >= data[0])
        return Status::invalid("The index " + std::to_string(row) + " is outside [0, " + std::to_string(data[0]) + ").");
  } else {
    lead = idShape.size();
    if ((!kind.unsorted && lead != 1) || lead > data.size() || !std::equal(idShape.begin(), idShape.end(), data.begin()))
      return Status::invalid("The segment_ids of shape " + shapeText(idShape) + " do not fit data of shape " +
                             shapeText(data) + ".");
    for (std::size_t i = 0; i < segments.ids.size(); ++i) segments.rows.push_back(static_cast<std::int64_t>(i));
  }
  if (segments.rows.size() != segments.ids.size())
    return Status::invalid("There are " + std::to_string(segments.rows.size()) + " indices for " +
                           std::to_string(segments.ids.size()) + " segment_ids.");
  segments.count = segments.ids.empty() ? 0 : segments.ids.back() + 1;
  if (kind.counted) {
    TEXFLOW_ASSIGN(segments.count, intOperand(inputs, inputs.size() - 1, "num_segments"));
    if (segments.count < 0) return Status::invalid("The num_segments are negative.");
  }
  for (std::size_t i = 0; i < segments.ids.size(); ++i) {
    const std::int64_t id = segments.ids[i];
    if (!kind.unsorted && (id < 0 || (i > 0 && id < segments.ids[i - 1])))
      return Status::invalid("The segment_ids are not in order at " + std::to_string(i) + ".");
    if (id >= segments.count)
      return Status::invalid("The segment " + std::to_string(id) + " is outside [0, " + std::to_string(segments.count) +
                             ").");
  }
  segments.shape = {segments.count};
  for (std::size_t d = lead; d < data.size(); ++d) {
    segments.shape.push_back(data[d]);
    segments.width *= data[d];
  }
  return segments;
}

template <class T>
Tensor reduced(const Kind& kind, const Segments& s, const Tensor& data) {
  Tensor output(data.dtype(), s.shape);
  T* to = output.mutableData<T>();
  std::fill_n(to, output.size(), emptyValue<T>(kind));
  std::vector<std::int64_t> members(static_cast<std::size_t>(s.count), 0);
  for (std::size_t i = 0; i < s.ids.size(); ++i) {
    if (s.ids[i] < 0) continue;
    const T* row = data.data<T>() + s.rows[i] * s.width;
    T* target = to + s.ids[i] * s.width;
    const bool first = members[static_cast<std::size_t>(s.ids[i])]++ == 0;
    for (std::int64_t k = 0; k < s.width; ++k) target[k] = first ? row[k] : combined(kind.fold, target[k], row[k]);
  }
  if (kind.fold != Fold::kMean && kind.fold != Fold::kSqrtN) return output;
  for (std::int64_t i = 0; i < output.size(); ++i) {
    const auto count = static_cast<double>(std::max<std::int64_t>(1, members[static_cast<std::size_t>(i / s.width)]));
    to[i] = kind.fold == Fold::kMean ? static_cast<T>(to[i] / static_cast<T>(count))
                                     : static_cast<T>(static_cast<double>(to[i]) / std::sqrt(count));
  }
  return output;
}

}  // namespace

Result<std::vector<TensorInfo>> segmentShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Segments segments, segmentsOf(kindOf(node), inputs));
  return oneOutput(inputs[0].dtype, std::move(segments.shape));
}

Result<std::vector<Tensor>> segmentHost(const Node& node, std::span<const Tensor> inputs) {
  const Kind kind = kindOf(node);
  TEXFLOW_ASSIGN(const Segments segments, segmentsOf(kind, infosOf(inputs)));
  return std::vector<Tensor>{inputs[0].dtype() == DType::kInt32 ? reduced<std::int32_t>(kind, segments, inputs[0])
                                                                : reduced<float>(kind, segments, inputs[0])};
}

}  // namespace texflow
