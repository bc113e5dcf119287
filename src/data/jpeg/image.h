// From a JPEG file to the pixels of a view.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resample.h"
#include "turbojpeg.h"

namespace jpeg {

/** What a file is known to be before it is decoded. */
struct Known {
  int width, height;  // as stored
  int orientation;    // EXIF, 1 to 8
};

inline bool operator==(const Known& a, const Known& b) {
  return a.width == b.width && a.height == b.height && a.orientation == b.orientation;
}

/** Take `region` of the upright image, resize it to `resizedWidth` × `resizedHeight`, cut `window` out of that, mirror. */
struct Plan {
  Rect region;
  int resizedWidth, resizedHeight;
  Rect window;
  bool flipped;
  Filter filter;
  /** 1, 2, 4 or 8: how many times smaller the decoder may make the image, on the way to the size that is wanted. */
  int reduction;
};

/** Memory that a thread uses again and again. */
struct Workspace {
  std::vector<uint8_t> file;
  std::vector<uint8_t> between;
  /** Uninitialized room for decoded pixels; grows. */
  uint32_t* Pixels(size_t count);
  /** Gives back what only a large image needs. */
  void Shrink();

 private:
  std::unique_ptr<uint32_t[]> pixels_;
  size_t room_ = 0;
};

/** Size and orientation of a whole JPEG file that Decode may take; nothing for every other file. */
std::optional<Known> Probe(const std::string& path, Workspace& workspace);

/**
 * Decodes what a plan shows.
 *
 * @param result [window.height, window.width, 3]
 * @return false, with a result without meaning, when the file cannot be read, has changed, or gives as little as a warning
 */
bool Decode(const std::string& path, const Known& known, const Plan& plan, Workspace& workspace, uint8_t* result);

}  // namespace jpeg
