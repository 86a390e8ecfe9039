// Every op of the table takes inputs and attributes that make no sense: an error or some result, never a crash.
#include <cmath>
#include <random>

#include "unit/host_op.h"

namespace texflow {
namespace {

class Nonsense {
 public:
  explicit Nonsense(unsigned seed) : random_(seed) {}
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }

  Tensor tensor() {
    Shape shape(static_cast<std::size_t>(number(0, 5)));
    for (std::int64_t& dim : shape) dim = number(0, 3);
    constexpr DType kTypes[] = {DType::kFloat32, DType::kFloat32, DType::kInt32,    DType::kInt32,
                                DType::kBool,    DType::kString,  DType::kComplex64};
    Tensor values(kTypes[number(0, 6)], shape);
    for (std::int64_t i = 0; i < values.size(); ++i) {
      switch (values.dtype()) {
        case DType::kFloat32: values.mutableData<float>()[i] = real(); break;
        case DType::kInt32: values.mutableData<std::int32_t>()[i] = integer(); break;
        case DType::kBool: values.mutableData<std::uint8_t>()[i] = number(0, 1) != 0; break;
        case DType::kString:
          values.mutableData<std::string>()[i] = std::string(static_cast<std::size_t>(number(0, 3)), '(');
          break;
        case DType::kComplex64: values.mutableData<std::complex<float>>()[i] = {real(), real()}; break;
      }
    }
    return values;
  }

  void attributes(Attrs& to) {
    for (const char* name :
         {"strides", "dilations", "ksize", "rates", "explicit_paddings", "ngram_widths", "squeeze_dims", "shape"})
      if (number(0, 1)) {
        std::vector<std::int64_t> list(static_cast<std::size_t>(number(0, 5)));
        for (std::int64_t& item : list) item = number(0, 3) ? 1 : integer();
        to.set(name, list);
      }
    for (const char* name : {"axis", "batch_dims", "num", "num_split", "N", "block_size", "depth_radius", "num_buckets",
                             "seed", "num_bits", "PARAMS_RAGGED_RANK", "OUTPUT_RAGGED_RANK", "pad_width", "begin_mask",
                             "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"})
      if (number(0, 1)) to.set(name, std::int64_t{number(0, 1) ? number(-2, 4) : integer()});
    for (const char* name : {"keep_dims", "adj_x", "adj_y", "transpose_a", "exclusive", "reverse", "align_corners",
                             "half_pixel_centers", "pad_to_max_output_size", "narrow_range", "is_training"})
      if (number(0, 1)) to.set(name, true);
    constexpr const char* kEquations[] = {"ij,jk->ik", "...i,i->...", "ii->i", "->", "a,b->ab", "->...", "i...,...->i"};
    to.set("equation", std::string(kEquations[number(0, 6)]));
    constexpr const char* kPaddings[] = {"SAME", "VALID", "EXPLICIT", "?"};
    to.set("padding", std::string(kPaddings[number(0, 3)]));
    constexpr const char* kModes[] = {"REFLECT", "SYMMETRIC", "CONSTANT", "WRAP"};
    to.set("mode", std::string(kModes[number(0, 3)]));
    to.set("fill_mode", std::string(kModes[number(0, 3)]));
    to.set("interpolation", std::string(number(0, 1) ? "BILINEAR" : "NEAREST"));
    to.set("row_partition_types", std::vector<std::string>{number(0, 1) ? "ROW_SPLITS" : "FIRST_DIM_SIZE", "VALUE_ROWIDS"});
  }

 private:
  std::int32_t integer() {
    constexpr std::int32_t kOdd[] = {-1, 2147483647, -2147483647 - 1, 65536, 7};
    return number(0, 3) ? static_cast<std::int32_t>(number(0, 3)) : kOdd[number(0, 4)];
  }
  float real() {
    constexpr float kOdd[] = {NAN, INFINITY, -INFINITY, 3e38F, -1e-40F};
    return number(0, 3) ? static_cast<float>(number(-4, 4)) * 0.5F : kOdd[number(0, 4)];
  }
  std::mt19937 random_;
};

TEST(EveryOp, SurvivesNonsense) {
  for (const Op& op : allOps()) {
    SCOPED_TRACE(op.name);
    for (unsigned round = 0; round < 200; ++round) {
      Nonsense nonsense(round * 977 + static_cast<unsigned>(op.name.size()));
      Node node = nodeOf(std::string(op.name));
      nonsense.attributes(node.attrs);
      std::vector<Tensor> inputs;
      // Often the right number of inputs of one kind, so that more than the first check is reached.
      const std::int64_t count = nonsense.number(0, 6);
      const Tensor same = nonsense.tensor();
      for (std::int64_t i = 0; i < count; ++i) inputs.push_back(nonsense.number(0, 2) ? nonsense.tensor() : same);
      // Large results are legal, and slow.
      std::vector<TensorInfo> infos;
      for (const Tensor& input : inputs) infos.push_back({input.dtype(), input.shape(), &input});
      const auto shapes = op.shape(node, infos);
      std::int64_t elements = 0;
      if (shapes.ok())
        for (const TensorInfo& info : *shapes) elements += elementCount(info.shape);
      if (elements > 100000) continue;
      const auto outputs = runOnHost(node, inputs);
      if (!outputs.ok()) {
        EXPECT_FALSE(outputs.status().message().empty());
      }
    }
  }
}

}  // namespace
}  // namespace texflow
