// Comes up headless and says on which device.
#include <texflow/context.h>

#include <cstdio>

int main() {
  auto context = texflow::makeEglContext(texflow::GlApi::kGles3);
  if (!context.ok()) {
    std::fprintf(stderr, "%s\n", context.status().message().c_str());
    return 1;
  }
  std::printf("%s, %d stripes\n", (*context)->caps().renderer.c_str(), (*context)->stripes());
  return 0;
}
