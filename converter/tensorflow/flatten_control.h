// What the files of a flattener share: what it remembers of loops and branches that it lowers.
#pragma once
#include <initializer_list>
#include <string_view>

#include "tensorflow/flatten.h"

namespace texflow::tf {

/// Whether `op` is one of these.
bool among(std::string_view op, std::initializer_list<std::string_view> ops);

/// A loop whose body writes a variable has a state that constants do not have.
Status checkPure(const Body& body, const std::string& where);

struct LoopVariable {
  bool known = false;     ///< Its start has been looked at.
  bool constant = false;  ///< The same in every iteration: it needs no Enter.
  Value start;
  Port merge, branch, next, exit;
};

struct Loop {
  Scope* scope = nullptr;
  int node = -1;
  std::string name;
  Scope *condition = nullptr, *body = nullptr;
  Port test;  ///< The LoopCond.
  std::vector<LoopVariable> variables;
};

enum class ArgState : char { kUnknown, kPlain, kSwitched };

struct Branches {
  Scope* scope = nullptr;
  int node = -1;
  std::size_t firstArg = 1;
  std::string name;
  Port condition;
  Scope *taken = nullptr, *other = nullptr;  ///< Null where the condition is known.
  std::vector<Value> args;                   ///< Variables and constants as they are, else the Switch.
  std::vector<ArgState> argStates;
  std::unordered_map<int, Value> results;
};

}  // namespace texflow::tf
