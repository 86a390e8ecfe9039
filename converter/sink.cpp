// Where converted models go: a folder, a file or memory.
#include <filesystem>
#include <fstream>
#include <random>

#include "texflow/converter.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

std::string besideName(const std::string& target) {
  std::string trimmed = target;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  return trimmed + ".tmp" + std::to_string(std::random_device()());
}

Status writeTo(const fs::path& path, std::string_view bytes, std::ios::openmode mode) {
  std::ofstream file(path, std::ios::binary | mode);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file.fail()) return Status::invalid("The file '" + path.string() + "' cannot be written.");
  return {};
}

Status checkName(const std::string& name) {
  const fs::path path(name);
  bool leaves = name.empty() || path.is_absolute();
  for (const auto& part : path) leaves = leaves || part == "..";
  return leaves ? Status::invalid("The file name '" + name + "' leaves the output folder.") : Status();
}

}  // namespace

FolderSink::~FolderSink() {
  std::error_code error;
  if (!temporary_.empty()) fs::remove_all(temporary_, error);
}

Status FolderSink::write(const std::string& name, std::string_view bytes) {
  TEXFLOW_TRY(checkName(name));
  std::error_code error;
  if (temporary_.empty()) {
    if (fs::exists(target_, error) && !fs::is_directory(target_, error))
      return Status::invalid("The output '" + target_ + "' exists and is not a folder.");
    temporary_ = besideName(target_);
    fs::create_directories(temporary_, error);
    if (error) return Status::invalid("The folder '" + temporary_ + "' cannot be made: " + error.message() + ".");
  }
  const fs::path path = fs::path(temporary_) / name;
  fs::create_directories(path.parent_path(), error);
  last_ = path.string();
  return writeTo(path, bytes, std::ios::trunc);
}

Status FolderSink::append(std::string_view bytes) { return writeTo(last_, bytes, std::ios::app); }

Status FolderSink::commit() {
  if (temporary_.empty()) return Status::invalid("No file was written for '" + target_ + "'.");
  const std::string old = besideName(target_);
  std::error_code error;
  const bool replaces = fs::exists(target_, error);
  if (replaces) fs::rename(target_, old, error);
  if (!error) fs::rename(temporary_, target_, error);
  if (error) {
    const std::string why = error.message();
    if (replaces && !fs::exists(target_, error)) fs::rename(old, target_, error);
    return Status::invalid("The folder '" + target_ + "' cannot be put into place: " + why + ".");
  }
  temporary_.clear();
  if (replaces) fs::remove_all(old, error);
  return {};
}

FileSink::~FileSink() {
  std::error_code error;
  if (!temporary_.empty()) fs::remove(temporary_, error);
}

Status FileSink::write(const std::string&, std::string_view bytes) {
  std::error_code error;
  if (fs::is_directory(target_, error))
    return Status::invalid("The output '" + target_ + "' is a folder; this format is a file.");
  if (temporary_.empty()) {
    temporary_ = besideName(target_);
    if (const fs::path folder = fs::path(target_).parent_path(); !folder.empty()) fs::create_directories(folder, error);
  }
  return writeTo(temporary_, bytes, std::ios::trunc);
}

Status FileSink::append(std::string_view bytes) { return writeTo(temporary_, bytes, std::ios::app); }

Status FileSink::commit() {
  if (temporary_.empty()) return Status::invalid("Nothing was written for '" + target_ + "'.");
  std::error_code error;
  fs::rename(temporary_, target_, error);
  if (error) return Status::invalid("The file '" + target_ + "' cannot be put into place: " + error.message() + ".");
  temporary_.clear();
  return {};
}

Status MemorySink::write(const std::string& name, std::string_view bytes) {
  TEXFLOW_TRY(checkName(name));
  last_ = &files_[name];
  last_->assign(bytes);
  return {};
}

Status MemorySink::append(std::string_view bytes) {
  last_->append(bytes);
  return {};
}

}  // namespace texflow
