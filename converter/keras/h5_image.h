// An HDF5 file that is written in memory.
#pragma once
#include "h5_file.h"

namespace texflow {

class H5Image {
 public:
  Status create();
  hid_t root() const { return root_.get(); }
  /// A group below another one, made with the groups before it where they are not there.
  Result<H5Handle> group(hid_t in, const std::string& name);
  Status writeText(hid_t object, const std::string& name, const std::string& text);
  /// A list of texts; long ones in several attributes, as Keras splits them.
  Status writeTexts(hid_t object, const std::string& name, const std::vector<std::string>& texts);
  Status write(hid_t group, const std::string& name, const Tensor& tensor);
  /// The bytes of the file; it is closed.
  Result<std::string> take();

 private:
  H5Handle file_, root_;
};

}  // namespace texflow
