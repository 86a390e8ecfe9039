#include "tensorflow/op_outputs.h"

#include <algorithm>
#include <array>

#include "tensorflow/attr_value.h"

namespace texflow::tf {
namespace {

struct Outputs {
  std::string_view op;
  std::array<std::string_view, 8> names;
};

/// Ops with more than one named output; the names come in the order of the outputs.
constexpr Outputs kOutputs[] = {
    {"BlockLSTM", {"i", "cs", "f", "o", "ci", "co", "h"}},
    {"BlockLSTMV2", {"i", "cs", "f", "o", "ci", "co", "h"}},
    {"BroadcastGradientArgs", {"r0", "r1"}},
    {"CombinedNonMaxSuppression", {"nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"}},
    {"CTCGreedyDecoder", {"decoded_indices", "decoded_values", "decoded_shape", "log_probability"}},
    {"CTCLoss", {"loss", "gradient"}},
    {"CudnnRNN", {"output", "output_h", "output_c", "reserve_space"}},
    {"CudnnRNNV2", {"output", "output_h", "output_c", "reserve_space", "host_reserved"}},
    {"CudnnRNNV3", {"output", "output_h", "output_c", "reserve_space", "host_reserved"}},
    {"DecodeWav", {"audio", "sample_rate"}},
    {"DenseCountSparseOutput", {"output_indices", "output_values", "output_dense_shape"}},
    {"DenseToDenseSetOperation", {"result_indices", "result_values", "result_shape"}},
    {"DenseToSparseSetOperation", {"result_indices", "result_values", "result_shape"}},
    {"Eig", {"e", "v"}},
    {"FractionalAvgPool", {"output", "row_pooling_sequence", "col_pooling_sequence"}},
    {"FractionalMaxPool", {"output", "row_pooling_sequence", "col_pooling_sequence"}},
    {"FusedBatchNorm", {"y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"}},
    {"FusedBatchNormV2", {"y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"}},
    {"FusedBatchNormV3", {"y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3"}},
    {"GRUBlockCell", {"r", "u", "c", "h"}},
    {"GenerateBoundingBoxProposals", {"rois", "roi_probabilities"}},
    {"ListDiff", {"out", "idx"}},
    {"LogMatrixDeterminant", {"sign", "log_abs_determinant"}},
    {"LookupTableExport", {"keys", "values"}},
    {"LookupTableExportV2", {"keys", "values"}},
    {"LSTMBlockCell", {"i", "cs", "f", "o", "ci", "co", "h"}},
    {"Lu", {"lu", "p"}},
    {"MaxPoolWithArgmax", {"output", "argmax"}},
    {"Merge", {"output", "value_index"}},
    {"NonMaxSuppressionV4", {"selected_indices", "valid_outputs"}},
    {"NonMaxSuppressionV5", {"selected_indices", "selected_scores", "valid_outputs"}},
    {"Qr", {"q", "r"}},
    {"QuantizeV2", {"output", "output_min", "output_max"}},
    {"RaggedGather", {"output_nested_splits", "output_dense_values"}},
    {"RaggedRange", {"rt_nested_splits", "rt_dense_values"}},
    {"RaggedTensorFromVariant", {"output_nested_splits", "output_dense_values"}},
    {"RaggedTensorToSparse", {"sparse_indices", "sparse_values", "sparse_dense_shape"}},
    {"RefMerge", {"output", "value_index"}},
    {"RefSwitch", {"output_false", "output_true"}},
    {"SampleDistortedBoundingBox", {"begin", "size", "bboxes"}},
    {"SampleDistortedBoundingBoxV2", {"begin", "size", "bboxes"}},
    {"SelfAdjointEigV2", {"e", "v"}},
    {"SoftmaxCrossEntropyWithLogits", {"loss", "backprop"}},
    {"SparseAdd", {"sum_indices", "sum_values", "sum_shape"}},
    {"SparseConcat", {"output_indices", "output_values", "output_shape"}},
    {"SparseCountSparseOutput", {"output_indices", "output_values", "output_dense_shape"}},
    {"SparseCross", {"output_indices", "output_values", "output_shape"}},
    {"SparseFillEmptyRows", {"output_indices", "output_values", "empty_row_indicator", "reverse_index_map"}},
    {"SparseReorder", {"output_indices", "output_values"}},
    {"SparseReshape", {"output_indices", "output_shape"}},
    {"SparseSlice", {"output_indices", "output_values", "output_shape"}},
    {"SparseSoftmaxCrossEntropyWithLogits", {"loss", "backprop"}},
    {"SparseToSparseSetOperation", {"result_indices", "result_values", "result_shape"}},
    {"StatelessRandomGetKeyCounter", {"key", "counter"}},
    {"StatelessRandomGetKeyCounterAlg", {"key", "counter", "alg"}},
    {"StringNGrams", {"ngrams", "ngrams_splits"}},
    {"StringSplit", {"indices", "values", "shape"}},
    {"StringSplitV2", {"indices", "values", "shape"}},
    {"Svd", {"s", "u", "v"}},
    {"Switch", {"output_false", "output_true"}},
    {"TensorArrayConcatV3", {"value", "lengths"}},
    {"TensorArrayGradV3", {"grad_handle", "flow_out"}},
    {"TensorArrayV3", {"handle", "flow"}},
    {"TensorListConcat", {"tensor", "lengths"}},
    {"TensorListConcatV2", {"tensor", "lengths"}},
    {"TensorListPopBack", {"output_handle", "tensor"}},
    {"TopK", {"values", "indices"}},
    {"TopKV2", {"values", "indices"}},
    {"UnicodeDecode", {"row_splits", "char_values"}},
    {"UnicodeDecodeWithOffsets", {"row_splits", "char_values", "char_to_byte_starts"}},
    {"Unique", {"y", "idx"}},
    {"UniqueV2", {"y", "idx"}},
    {"UniqueWithCounts", {"y", "idx", "count"}},
    {"UniqueWithCountsV2", {"y", "idx", "count"}},
};

}  // namespace

int flatSlot(const NodeView& node, std::string_view output, int slot) {
  if (output.empty()) return slot;
  const auto* found =
      std::find_if(std::begin(kOutputs), std::end(kOutputs), [&](const Outputs& o) { return o.op == node.op; });
  if (found == std::end(kOutputs)) return slot;
  // The nested splits of a ragged tensor are the only list that comes before another output.
  const bool ragged = output == "output_dense_values";
  for (std::size_t i = 0; i < found->names.size(); ++i) {
    if (found->names[i] != output) continue;
    if (!ragged) return static_cast<int>(i) + slot;
    const auto* rank = node.attr(node.op == "RaggedGather" ? "OUTPUT_RAGGED_RANK" : "output_ragged_rank");
    return static_cast<int>(intOf(rank, 1)) + slot;
  }
  return slot;
}

}  // namespace texflow::tf
