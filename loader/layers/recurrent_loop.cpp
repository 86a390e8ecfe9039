// Recurrent layers as loops of Enter, Merge, Switch, NextIteration and Exit.
#include "layers/recurrent.h"
#include "layers/recurrent_cell.h"

namespace texflow {
namespace {

/// One frame: its variables are added, then the condition, then the body, then what they become.
class Frame {
 public:
  Frame(GraphBuilder& graph, std::string name) : g_(graph), name_(std::move(name)) {}

  /// A variable of the loop; answers its number.
  std::size_t variable(const Value& initial) {
    const Value entered =
        g_.node("Enter", {initial}, initial.dtype, initial.shape,
                {{"frame_name", name_.c_str()}, {"is_constant", false}, {"parallel_iterations", std::int64_t{10}}});
    variables_.push_back(g_.node("Merge", {entered}, initial.dtype, initial.shape, {{"N", std::int64_t{2}}}));
    return variables_.size() - 1;
  }
  /// The value that the condition is made of.
  const Value& merged(std::size_t variable) const { return variables_[variable]; }
  void condition(const Value& value) {
    const Value goesOn = g_.node("LoopCond", {value}, DType::kBool, {});
    for (const Value& variable : variables_)
      switches_.push_back(g_.node("Switch", {variable, goesOn}, variable.dtype, variable.shape));
  }
  /// The value inside the body.
  Value inside(std::size_t variable) const {
    return GraphBuilder::output(switches_[variable], 1, switches_[variable].shape);
  }
  /// What the variable is in the next step; every variable needs this or keep().
  void next(std::size_t variable, const Value& value) {
    const Value passed = g_.node("NextIteration", {value}, value.dtype, value.shape);
    const int merge = variables_[variable].port.node;
    if (g_.status().ok()) g_.graph.nodes[static_cast<std::size_t>(merge)].inputs.push_back(passed.port);
  }
  void keep(std::size_t variable) { next(variable, inside(variable)); }
  Value result(std::size_t variable) {
    const Value& end = switches_[variable];
    return g_.node("Exit", {end}, end.dtype, end.shape);
  }

 private:
  GraphBuilder& g_;
  std::string name_;
  std::vector<Value> variables_, switches_;
};

/// What a step of [batch, time, ...] needs: the list of the steps and the shape of one.
struct Steps {
  Value list, shape;
  DType dtype = DType::kFloat32;
  Shape one;
};

Steps stepsOf(GraphBuilder& g, const Value& x, bool backwards) {
  std::vector<std::int64_t> order{1, 0};
  for (int i = 2; i < x.rank(); ++i) order.push_back(i);
  Value time = g.transpose(x, order);
  if (backwards) time = g.reverse(time, 0);
  Steps steps{{}, {}, x.dtype, x.shape};
  steps.one.erase(steps.one.begin() + 1);
  std::vector<std::int64_t> shape(steps.one.begin(), steps.one.end());
  shape[0] = -1;
  steps.shape = g.ints(shape);
  steps.list = g.node("TensorListFromTensor", {time, steps.shape}, x.dtype, {},
                      {{"element_dtype", x.dtype}, {"shape_type", DType::kInt32}});
  return steps;
}

Value stepAt(GraphBuilder& g, const Steps& steps, const Value& list, const Value& at) {
  return g.node("TensorListGetItem", {list, at, steps.shape}, steps.dtype, steps.one, {{"element_dtype", steps.dtype}});
}

/// Units of each state of a cell.
void stateUnits(const Cell& cell, std::vector<std::int64_t>& units) {
  for (const Cell& inner : cell.cells) stateUnits(inner, units);
  if (cell.kind != CellKind::kStacked) units.insert(units.end(), cell.stateCount(), cell.units);
}

}  // namespace

void loop(LayerCall& call, Cell& cell, const Value& x, const Value& mask, bool zeroOutputForMask, Sequence& sequence) {
  GraphBuilder& g = call.graph;
  if (cell.kind == CellKind::kConvLstm)
    return call.fail(
        "It runs over a sequence of shape " + shapeText(x.shape) +
        "; a known length of at most 1024 steps is needed. Save the model with an input of fixed length, or as a "
        "SavedModel, which keeps the loop.");
  const bool backwards = call.flag("go_backwards");
  std::vector<std::int64_t> units;
  stateUnits(cell, units);
  const Dim batch = g.dim(x, 0);
  const Value outputShape = g.ints({-1, cell.units});
  const Value count = g.reshape(g.shapeVector({g.dim(x, 1)}), {});
  const Steps inputs = stepsOf(g, x, backwards);
  const Steps masks = mask ? stepsOf(g, mask, backwards) : Steps{};
  const Value outputs = g.node("TensorListReserve", {outputShape, count}, DType::kFloat32, {},
                               {{"element_dtype", DType::kFloat32}, {"shape_type", DType::kInt32}});

  Frame frame(g, g.scope() + "/while");
  const std::size_t time = frame.variable(g.scalar(0, DType::kInt32)), end = frame.variable(count),
                    list = frame.variable(inputs.list), made = frame.variable(outputs),
                    last = frame.variable(g.fill({batch, cell.units}, 0)), valid = mask ? frame.variable(masks.list) : 0;
  std::vector<std::size_t> states;
  for (std::size_t i = 0; i < units.size(); ++i)
    states.push_back(frame.variable(sequence.states[i] ? sequence.states[i] : g.fill({batch, units[i]}, 0)));
  frame.condition(g.binary("Less", frame.merged(time), frame.merged(end)));

  const Value at = frame.inside(time);
  const Value given = stepAt(g, inputs, frame.inside(list), at);
  std::vector<Value> now;
  for (const std::size_t state : states) now.push_back(frame.inside(state));
  const std::vector<Value> before = now;
  Value output = step(cell, given, now);
  if (mask) {
    const Value known = g.expandDims(stepAt(g, masks, frame.inside(valid), at), -1);
    for (std::size_t i = 0; i < now.size(); ++i) now[i] = g.select(known, now[i], before[i]);
    // Masked steps repeat the output before them, or are zero.
    output = g.select(known, output, zeroOutputForMask ? g.scalar(0) : frame.inside(last));
  }
  frame.next(time, g.binary("AddV2", at, 1));
  frame.keep(end);
  frame.keep(list);
  frame.next(made, g.node("TensorListSetItem", {frame.inside(made), at, output}, DType::kFloat32, {},
                          {{"element_dtype", DType::kFloat32}}));
  frame.next(last, output);
  if (mask) frame.keep(valid);
  for (std::size_t i = 0; i < states.size(); ++i) {
    frame.next(states[i], now[i]);
    sequence.states[i] = frame.result(states[i]);
  }
  const Value stacked =
      g.node("TensorListStack", {frame.result(made), outputShape}, DType::kFloat32, {x.dim(1), x.dim(0), cell.units},
             {{"element_dtype", DType::kFloat32}, {"num_elements", std::int64_t{-1}}});
  sequence.stacked = g.transpose(stacked, {1, 0, 2});
  sequence.final = frame.result(last);
}

}  // namespace texflow
