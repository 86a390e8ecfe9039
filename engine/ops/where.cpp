// Where: the coordinates of everything that is not zero.
#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {

Result<std::vector<Tensor>> whereHost(const Node&, std::span<const Tensor> inputs) {
  TEXFLOW_TRY(expectInputCount(infosOf(inputs), 1));
  const Tensor& input = inputs[0];
  if (input.dtype() == DType::kString) return Status::unsupported("Where does not take strings.");
  const std::vector<std::int64_t> strides = rowMajorStrides(input.shape());
  std::vector<std::int32_t> coordinates;
  std::int64_t found = 0;
  withElementType(input.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* values = input.data<T>();
    for (std::int64_t i = 0; i < input.size(); ++i) {
      if (values[i] == zero) continue;
      ++found;
      for (std::size_t d = 0; d < strides.size(); ++d)
        coordinates.push_back(static_cast<std::int32_t>(i / strides[d] % input.shape()[d]));
    }
  });
  const Shape shape{found, static_cast<std::int64_t>(strides.size())};
  TEXFLOW_TRY(checkedElementCount(shape).status());
  return std::vector<Tensor>{Tensor(DType::kInt32, shape, coordinates)};
}

Result<std::vector<TensorInfo>> whereShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(whereHost, node, inputs);
}

}  // namespace texflow
