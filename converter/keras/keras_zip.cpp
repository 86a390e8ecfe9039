// The .keras files of Keras 3: a zip of config.json, metadata.json and model.weights.h5.
#include <zip.h>

#include <filesystem>
#include <memory>

#include "h5_file.h"
#include "keras_file.h"

namespace texflow {
namespace {

struct ZipCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, ZipCloser>;
using Member = std::unique_ptr<zip_file_t, ZipCloser>;

/// Reads a member by its name; what the directory declares is not believed, and `limit` bounds what comes out.
Result<std::string> readMember(zip_t* archive, const char* name, std::uint64_t limit, const std::string& path) {
  const zip_int64_t index = zip_name_locate(archive, name, 0);
  if (index < 0) return Status::invalid("The file '" + path + "' has no member " + name + "; it is not a .keras file.");
  const Member member(zip_fopen_index(archive, static_cast<zip_uint64_t>(index), 0));
  if (!member)
    return Status::invalid("The member " + std::string(name) + " of '" + path +
                           "' cannot be opened; the zip is damaged or encrypted.");
  std::string bytes;
  std::string chunk(std::size_t{1} << 20, '\0');
  for (;;) {
    const zip_int64_t count = zip_fread(member.get(), chunk.data(), chunk.size());
    if (count < 0)
      return Status::invalid("The member " + std::string(name) + " of '" + path +
                             "' cannot be read; the zip is truncated or damaged.");
    if (count == 0) return bytes;
    bytes.append(chunk, 0, static_cast<std::size_t>(count));
    if (bytes.size() > limit)
      return Status::invalid("The member " + std::string(name) + " of '" + path + "' expands to more than " +
                             std::to_string(limit) + " bytes, far more than the file holds.");
  }
}

}  // namespace

Result<KerasFile> readKerasZip(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return Status::invalid("The file '" + path + "' does not exist or is not a regular file.");
  const std::uint64_t size = std::filesystem::file_size(path, error);
  int code = 0;
  const Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive)
    return Status::invalid("The file '" + path +
                           "' is not a zip, or is truncated: a .keras file ends with the directory of its members.");
  const std::uint64_t limit = size * 16 + (std::uint64_t{16} << 20);
  TEXFLOW_ASSIGN(const std::string config, readMember(archive.get(), "config.json", limit, path));
  KerasFile result;
  TEXFLOW_ASSIGN(result.model, parseJson(config, "The config.json of '" + path + "'"));
  result.kerasVersion = "3";
  if (const auto metadata = readMember(archive.get(), "metadata.json", limit, path); metadata.ok()) {
    TEXFLOW_ASSIGN(const Json parsed, parseJson(*metadata, "The metadata.json of '" + path + "'"));
    if (const Json* version = member(parsed, "keras_version")) result.kerasVersion = textOf(version);
  }
  if (const Json* compile = member(result.model, "compile_config"); compile && compile->is_object())
    result.trainingConfig = *compile;
  if (zip_name_locate(archive.get(), "model.weights.h5", 0) < 0 &&
      zip_name_locate(archive.get(), "model.weights.h5.json", 0) >= 0)
    return Status::unsupported("The weights of '" + path + "' are in several files; save the model with one.");
  TEXFLOW_ASSIGN(std::string weights, readMember(archive.get(), "model.weights.h5", limit, path));
  TEXFLOW_ASSIGN(const H5File file, H5File::openImage(std::move(weights), path + "/model.weights.h5"));
  TEXFLOW_ASSIGN(const auto paths, file.datasets());
  std::vector<H5DatasetInfo> kept;
  for (const std::string& name : paths) {
    if (name.starts_with("optimizer/")) continue;
    TEXFLOW_ASSIGN(H5DatasetInfo info, file.info(name));
    result.weights.push_back({name, {}, info.dtype, info.shape});
    kept.push_back(std::move(info));
  }
  result.read = [file, kept](std::size_t index) { return file.read(kept[index]); };
  return result;
}

}  // namespace texflow
