// The context is part of the public headers; this is its place in the folder order of the engine.
#pragma once
#include "texflow/context.h"  // IWYU pragma: export
