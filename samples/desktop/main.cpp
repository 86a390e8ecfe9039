// texflow-demo MODEL PICTURE|FOLDER.. [--headless OUT.png] [--frames N]: selfie segmentation over pictures, drawn from the
// output texture. A picture is shown for two seconds; N frames end the window by themselves.
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <glad/gl.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>

#include "compositor.h"
#include "texflow/cache.h"
#include "texflow/context.h"
#include "texflow/loader.h"
#include "texflow/session.h"

using texflow::Result;
using texflow::Session;
using texflow::Status;

namespace {

constexpr double kSecondsPerPicture = 2;

struct Options {
  std::string model, headless;
  std::vector<std::string> pictures;
  long frames = 0;
};

/// A second start takes its programs from the user's cache folder.
texflow::ContextOptions contextOptions() {
  texflow::ContextOptions options;
  options.cacheFolder = texflow::defaultCacheFolder();
  return options;
}

/// The pictures of a folder by name, or the file itself.
std::vector<std::string> picturesAt(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::string extension = it->path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* known : {".jpg", ".jpeg", ".png", ".bmp"})
      if (extension == known) files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The model with the first image input and output of its signature.
struct Segmenter {
  std::unique_ptr<Session> session;
  std::string input, output;
  int height = 0, width = 0;
  double prepareMs = 0;

  Status run(const Picture& picture) {
    auto results = session->run({{input, picture.toTensor(height, width)}});
    return results.ok() ? Status() : results.status();
  }
  std::string figures() const {
    const texflow::Report report = session->report();
    // Steady runs are those from the third on.
    std::vector<double> runs(report.runMs.begin() + std::min<std::ptrdiff_t>(2, std::ssize(report.runMs)),
                             report.runMs.end());
    std::sort(runs.begin(), runs.end());
    char text[256];
    std::snprintf(text, sizeof text, "prepare %.0f ms\nfirst run %.1f ms\nsteady run %.1f ms (%zu)\n%d programs, %d draws",
                  prepareMs, report.firstRunMs, runs.empty() ? 0.0 : runs[runs.size() / 2], runs.size(), report.programsUsed,
                  report.drawsPerRun);
    return text;
  }
};

Result<Segmenter> makeSegmenter(const std::string& model, texflow::Context& context) {
  TEXFLOW_ASSIGN(texflow::Graph graph, texflow::loadGraphModel(model));
  if (graph.inputs.size() != 1 || graph.inputs[0].shape.size() != 4 || graph.inputs[0].shape[3] != 3 ||
      graph.outputs.empty())
    return Status::invalid("The demo shows models with one picture input [1, height, width, 3].");
  Segmenter made;
  made.input = graph.inputs[0].name;
  made.output = graph.outputs[0].name;
  made.height = static_cast<int>(std::max<std::int64_t>(graph.inputs[0].shape[1], 1));
  made.width = static_cast<int>(std::max<std::int64_t>(graph.inputs[0].shape[2], 1));
  TEXFLOW_ASSIGN(made.session, Session::create(std::move(graph), &context));
  const auto start = std::chrono::steady_clock::now();
  texflow::PrepareOptions options;
  int shown = -1;
  options.onProgress = [&shown](const texflow::PrepareEvent& event) {
    const int percent = static_cast<int>(event.fraction * 100);
    if (percent != shown) std::printf("\rpreparing %3d %%", shown = percent);
    std::fflush(stdout);
  };
  TEXFLOW_TRY(made.session->prepare(options));
  std::printf("\n");
  made.prepareMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return made;
}

void present(Segmenter& segmenter, Compositor& compositor, int width, int height) {
  float layout[16] = {};
  const unsigned mask = segmenter.session->outputTexture(segmenter.output, layout);
  compositor.draw(width, height, mask, layout, segmenter.figures());
}

Status runHeadless(const Options& options) {
  TEXFLOW_ASSIGN(const auto context, texflow::makeEglContext(texflow::GlApi::kGl33, contextOptions()));
  TEXFLOW_ASSIGN(Segmenter segmenter, makeSegmenter(options.model, *context));
  TEXFLOW_ASSIGN(Compositor compositor, Compositor::create());
  TEXFLOW_ASSIGN(const Picture picture, Picture::load(options.pictures[0]));
  for (int i = 0; i < 5; ++i) TEXFLOW_TRY(segmenter.run(picture));
  Picture shot;
  shot.width = std::min(picture.width, 1024);
  shot.height = static_cast<int>(static_cast<std::int64_t>(picture.height) * shot.width / picture.width);
  unsigned framebuffer = 0, color = 0;
  glGenFramebuffers(1, &framebuffer);
  glGenRenderbuffers(1, &color);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
  glBindRenderbuffer(GL_RENDERBUFFER, color);
  glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, shot.width, shot.height);
  glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, color);
  compositor.setPicture(picture);
  present(segmenter, compositor, shot.width, shot.height);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shot.width) * static_cast<std::size_t>(shot.height) * 3);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, shot.width, shot.height, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
  const std::size_t line = static_cast<std::size_t>(shot.width) * 3;
  for (int row = shot.height; row-- > 0;)  // GL's first row is the bottom one.
    shot.rgb.insert(shot.rgb.end(), pixels.data() + static_cast<std::size_t>(row) * line,
                    pixels.data() + static_cast<std::size_t>(row + 1) * line);
  TEXFLOW_TRY(shot.save(options.headless));
  std::printf("%s\n%s\nSaved %s.\n", segmenter.session->report().renderer.c_str(), segmenter.figures().c_str(),
              options.headless.c_str());
  return {};
}

/// The picture's proportions, in a size that fits most screens.
void fitWindow(GLFWwindow* window, const Picture& picture) {
  const double scale = std::min(960.0 / picture.width, 720.0 / picture.height);
  glfwSetWindowAspectRatio(window, picture.width, picture.height);
  glfwSetWindowSize(window, std::max(1, static_cast<int>(picture.width * scale)),
                    std::max(1, static_cast<int>(picture.height * scale)));
}

Status runWindow(const Options& options) {
  if (!glfwInit()) return Status::unsupported("There is no display to open a window on; use --headless OUT.png.");
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  GLFWwindow* window = glfwCreateWindow(960, 720, "TexFlow", nullptr, nullptr);
  if (!window) return Status::unsupported("The window system has no OpenGL 3.3 context.");
  glfwMakeContextCurrent(window);
  TEXFLOW_ASSIGN(const auto context, texflow::wrapCurrentContext(false, contextOptions()));
  TEXFLOW_ASSIGN(Segmenter segmenter, makeSegmenter(options.model, *context));
  TEXFLOW_ASSIGN(Compositor compositor, Compositor::create());
  std::size_t shown = options.pictures.size();
  Picture picture;
  const double start = glfwGetTime();
  for (long frame = 0; options.frames == 0 || frame < options.frames; ++frame) {
    if (glfwWindowShouldClose(window) || glfwGetKey(window, GLFW_KEY_ESCAPE) == GLFW_PRESS) break;
    const std::size_t next =
        static_cast<std::size_t>((glfwGetTime() - start) / kSecondsPerPicture) % options.pictures.size();
    if (next != shown) {
      TEXFLOW_ASSIGN(picture, Picture::load(options.pictures[next]));
      compositor.setPicture(picture);
      fitWindow(window, picture);
      shown = next;
    }
    TEXFLOW_TRY(segmenter.run(picture));
    int width = 0, height = 0;
    glfwGetFramebufferSize(window, &width, &height);
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
    present(segmenter, compositor, width, height);
    glfwSwapBuffers(window);
    glfwPollEvents();
  }
  std::printf("%s\n%s\n", segmenter.session->report().renderer.c_str(), segmenter.figures().c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--headless") == 0 && i + 1 < argc) options.headless = argv[++i];
    else if (std::strcmp(argv[i], "--frames") == 0 && i + 1 < argc) options.frames = std::strtol(argv[++i], nullptr, 10);
    else if (options.model.empty()) options.model = argv[i];
    else
      for (std::string& picture : picturesAt(argv[i])) options.pictures.push_back(std::move(picture));
  }
  if (options.model.empty() || options.pictures.empty()) {
    std::fprintf(stderr, "Usage: texflow-demo MODEL PICTURE|FOLDER.. [--headless OUT.png] [--frames N]\n");
    return 2;
  }
  if (const std::string folder = texflow::defaultCacheFolder(); !folder.empty()) texflow::keepDriverCacheIn(folder);
  const Status status = options.headless.empty() ? runWindow(options) : runHeadless(options);
  glfwTerminate();
  if (status.ok()) return 0;
  std::fprintf(stderr, "texflow-demo: %s\n", status.message().c_str());
  return 1;
}
