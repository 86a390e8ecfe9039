#include "h5_image.h"

#include <algorithm>

namespace texflow {
namespace {

/// Names in one attribute; an object header takes 64 KB.
constexpr std::size_t kNamesPerAttribute = 1000;

Status failed(const std::string& what) { return Status::invalid("The HDF5 file could not be written: " + what + "."); }

/// Properties with which the groups on the way are made.
H5Handle makeWay() {
  H5Handle create(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(create.get(), 1);
  return create;
}

Status writeAttribute(hid_t object, const std::string& name, const std::vector<std::string>& texts, bool scalar) {
  const H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const hsize_t count = texts.size();
  const H5Handle space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr), H5Sclose);
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  const H5Handle attribute(H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute || (count > 0 && H5Awrite(attribute.get(), type.get(), pointers.data()) < 0))
    return failed("the attribute '" + name + "'");
  return {};
}

}  // namespace

Status H5Image::create() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // The library prints its errors unless it is told not to.
  const H5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false);
  file_ = H5Handle(H5Fcreate("model.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (file_) root_ = H5Handle(H5Gopen2(file_.get(), "/", H5P_DEFAULT), H5Gclose);
  return root_ ? Status() : failed("it cannot be created in memory");
}

Result<H5Handle> H5Image::group(hid_t in, const std::string& name) {
  // A layer named like the beginning of another one finds its group there.
  H5Handle group(H5Gcreate2(in, name.c_str(), makeWay().get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (!group) group = H5Handle(H5Gopen2(in, name.c_str(), H5P_DEFAULT), H5Gclose);
  if (!group) return failed("the group '" + name + "'");
  return group;
}

Status H5Image::writeText(hid_t object, const std::string& name, const std::string& text) {
  return writeAttribute(object, name, {text}, true);
}

Status H5Image::writeTexts(hid_t object, const std::string& name, const std::vector<std::string>& texts) {
  if (texts.size() <= kNamesPerAttribute) return writeAttribute(object, name, texts, false);
  for (std::size_t begin = 0, part = 0; begin < texts.size(); begin += kNamesPerAttribute, ++part) {
    const auto first = texts.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kNamesPerAttribute, texts.size() - begin));
    TEXFLOW_TRY(writeAttribute(object, name + std::to_string(part), {first, first + count}, false));
  }
  return {};
}

Status H5Image::write(hid_t group, const std::string& name, const Tensor& tensor) {
  if (tensor.dtype() != DType::kFloat32 && tensor.dtype() != DType::kInt32)
    return failed("the weight '" + name + "' is a " + std::string(dtypeName(tensor.dtype())));
  const hid_t type = tensor.dtype() == DType::kInt32 ? H5T_STD_I32LE : H5T_IEEE_F32LE;
  std::vector<hsize_t> dims;
  for (const std::int64_t dim : tensor.shape()) dims.push_back(static_cast<hsize_t>(dim));
  const H5Handle space(
      dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
      H5Sclose);
  const H5Handle set(H5Dcreate2(group, name.c_str(), type, space.get(), makeWay().get(), H5P_DEFAULT, H5P_DEFAULT),
                     H5Dclose);
  if (!set || (tensor.size() > 0 && H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.data<std::byte>()) < 0))
    return failed("the weight '" + name + "'");
  return {};
}

Result<std::string> H5Image::take() {
  H5Fflush(file_.get(), H5F_SCOPE_GLOBAL);
  const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  std::string bytes(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
  if (size <= 0 || H5Fget_file_image(file_.get(), bytes.data(), bytes.size()) != size)
    return failed("its bytes cannot be taken");
  root_ = {};
  file_ = {};
  return bytes;
}

}  // namespace texflow
