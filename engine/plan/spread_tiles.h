// Places of tensors within their textures that let a software rasterizer use more than one core. Private to plan/.
#pragma once
#include "plan/arrangement.h"

namespace texflow {

/// Work of a draw of `width` x `height` texels from line `firstLine` on, on a rasterizer that hands out squares of `tile`
/// texels to its threads: what the busier of two threads shades, in blocks of 4x4 texels.
int busierThread(int width, int height, int firstLine, int tile);

/// Moves tensors to lines from which their draws take least, where those are free during their life, and makes textures
/// higher for it while the plan stays below `mostTexels` (of one layer) and textures below `maxHeight`.
void spreadOverTiles(Arrangement& arrangement, const std::vector<TextureNeed>& needs, int tile, std::int64_t mostTexels,
                     int maxHeight);

}  // namespace texflow
