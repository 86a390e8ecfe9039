#include "tensorflow/graph_view.h"

#include <charconv>

#include "tensorflow/wire.h"

namespace texflow::tf {
namespace {

constexpr int kMaxSlot = 65535;

/// A map entry: key and value.
std::pair<std::string_view, std::string_view> entryOf(std::string_view bytes) {
  std::pair<std::string_view, std::string_view> entry;
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.number == 1 && field.wire == 2) entry.first = field.bytes;
    if (field.number == 2 && field.wire == 2) entry.second = field.bytes;
  }
  return entry;
}

Status damaged(const std::string& what, const WireReader& reader, const std::string& in) {
  return Status::invalid(what + " is damaged: the field at byte " + std::to_string(reader.offset()) + " of " + in +
                         " is cut off or is none.");
}

Status parseNode(std::string_view bytes, const std::string& what, NodeView& node) {
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.wire != 2) continue;
    if (field.number == 1) node.name = field.bytes;
    if (field.number == 2) node.op = field.bytes;
    if (field.number == 3) node.inputs.push_back(field.bytes);
    if (field.number == 5) node.attrs.push_back(entryOf(field.bytes));
  }
  if (reader.failed()) return damaged(what, reader, "the node '" + std::string(node.name) + "'");
  if (node.name.empty()) return Status::invalid(what + " has a node without a name (op '" + std::string(node.op) + "').");
  if (node.op.empty()) return Status::invalid(what + ": the node '" + std::string(node.name) + "' has no op.");
  return {};
}

Status addNode(Body& body, NodeView node, const std::string& what) {
  if (!body.index.emplace(node.name, static_cast<int>(body.nodes.size())).second)
    return Status::invalid(what + " has two nodes named '" + std::string(node.name) + "'" +
                           (body.name.empty() ? "." : " in the function '" + std::string(body.name) + "'."));
  body.nodes.push_back(std::move(node));
  return {};
}

/// The name of an OpDef.ArgDef.
std::string_view argName(std::string_view bytes) {
  WireReader reader(bytes);
  for (WireField field; reader.next(field);)
    if (field.number == 1 && field.wire == 2) return field.bytes;
  return {};
}

std::int64_t argType(std::string_view bytes) {
  WireReader reader(bytes);
  for (WireField field; reader.next(field);)
    if (field.number == 3 && field.wire == 0) return static_cast<std::int64_t>(field.value);
  return 0;
}

std::string_view functionName(std::string_view function) {
  WireReader reader(function);
  for (WireField field; reader.next(field);)
    if (field.number == 1 && field.wire == 2) return argName(field.bytes);  // OpDef.name has the number of ArgDef.name.
  return {};
}

}  // namespace

Result<std::unique_ptr<GraphView>> GraphView::parse(std::string_view bytes, const std::string& what) {
  auto view = std::make_unique<GraphView>();
  view->what_ = what;
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.wire != 2) continue;
    if (field.number == 1) {
      NodeView node;
      TEXFLOW_TRY(parseNode(field.bytes, what, node));
      TEXFLOW_TRY(addNode(view->main_, std::move(node), what));
    } else if (field.number == 2) {
      TEXFLOW_TRY(view->parseLibrary(field.bytes));
    }
  }
  if (reader.failed())
    return Status::invalid(what + " is damaged: the field at byte " + std::to_string(reader.offset()) + " of " +
                           std::to_string(bytes.size()) + " is cut off or is none of a GraphDef.");
  return view;
}

Status GraphView::parseLibrary(std::string_view bytes) {
  WireReader reader(bytes);
  for (WireField field; reader.next(field);) {
    if (field.number != 1 || field.wire != 2) continue;
    const std::string_view name = functionName(field.bytes);
    if (!functionBytes_.emplace(name, field.bytes).second)
      return Status::invalid(what_ + " has two functions named '" + std::string(name) + "'.");
  }
  if (reader.failed()) return damaged(what_, reader, "the function library");
  return {};
}

Result<const Body*> GraphView::function(std::string_view name) {
  const auto known = functions_.find(name);
  if (known != functions_.end()) return static_cast<const Body*>(known->second.get());
  const auto found = functionBytes_.find(name);
  if (found == functionBytes_.end()) return Status::invalid(what_ + " has no function named '" + std::string(name) + "'.");
  auto body = std::make_unique<Body>();
  body->name = found->first;
  const std::string in = "the function '" + std::string(name) + "'";
  std::vector<std::string_view> nodes;
  WireReader reader(found->second);
  for (WireField field; reader.next(field);) {
    if (field.wire != 2) continue;
    if (field.number == 1) {
      WireReader signature(field.bytes);
      for (WireField part; signature.next(part);) {
        if (part.wire != 2) continue;
        if (part.number == 2) {
          body->args.push_back(argName(part.bytes));
          body->argTypes.push_back(argType(part.bytes));
        }
        if (part.number == 3) body->outputs.push_back(argName(part.bytes));
      }
      if (signature.failed()) return damaged(what_, signature, in);
    } else if (field.number == 3) {
      nodes.push_back(field.bytes);
    } else if (field.number == 4) {
      body->returns.insert(entryOf(field.bytes));
    } else if (field.number == 6) {
      body->controlReturns.push_back(entryOf(field.bytes).second);
    }
  }
  if (reader.failed()) return damaged(what_, reader, in);
  for (const std::string_view arg : body->args) {
    NodeView node;
    node.name = arg;
    node.op = "_Arg";
    TEXFLOW_TRY(addNode(*body, std::move(node), what_));
  }
  for (const std::string_view bytes : nodes) {
    NodeView node;
    TEXFLOW_TRY(parseNode(bytes, what_ + ", function '" + std::string(name) + "',", node));
    TEXFLOW_TRY(addNode(*body, std::move(node), what_));
  }
  return static_cast<const Body*>(functions_.emplace(found->first, std::move(body)).first->second.get());
}

Result<InputName> parseInput(std::string_view text) {
  InputName input;
  if (!text.empty() && text[0] == '^') {
    input.control = true;
    text.remove_prefix(1);
  }
  input.node = text.substr(0, text.find(':'));
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    if (colon > input.node.size()) input.output = text.substr(input.node.size() + 1, colon - input.node.size() - 1);
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), input.slot);
    if (error != std::errc() || end != digits.data() + digits.size() || input.slot < 0 || input.slot > kMaxSlot)
      return Status::invalid("The input '" + std::string(text) + "' does not end in an output number.");
  }
  if (input.node.empty()) return Status::invalid("The input '" + std::string(text) + "' names no node.");
  return input;
}

}  // namespace texflow::tf
