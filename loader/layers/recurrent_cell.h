// The cells of recurrent layers: their weights, and what one step computes.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "layers/layers.h"

namespace texflow {

enum class CellKind { kSimple, kLstm, kGru, kConvLstm, kStacked };

/// A cell with its weights.
struct Cell {
  LayerCall call;
  CellKind kind;
  std::int64_t units = 0;
  Value kernel, recurrent, bias, recurrentBias;
  std::vector<Cell> cells;  ///< kStacked only.

  std::size_t stateCount() const {
    std::size_t count = kind == CellKind::kLstm || kind == CellKind::kConvLstm ? 2 : 1;
    if (kind == CellKind::kStacked) count = 0;
    for (const Cell& cell : cells) count += cell.stateCount();
    return count;
  }
};

/// Reads the weights of a cell for inputs like x (one step).
std::optional<Cell> makeCell(LayerCall call, const Value& x);
/// The input's part of the gates, for one step or for all steps at once.
Value project(Cell& cell, const Value& x);
/// One step. Empty states are zeros; they are replaced by the new ones.
Value step(Cell& cell, const Value& projected, std::span<Value> states);

}  // namespace texflow
