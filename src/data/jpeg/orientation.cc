#include "orientation.h"

#include <cstring>

namespace jpeg {
namespace {

constexpr int kOrientationTag = 0x0112;

/** Numbers of the TIFF structure inside an EXIF block, in its byte order; 0 beyond its end. */
struct Tiff {
  const uint8_t* bytes;
  size_t size;
  bool little;

  uint32_t Number(size_t at, int length) const {
    if (at + length > size) return 0;
    uint32_t number = 0;
    for (int i = 0; i < length; i++) number = number << 8 | bytes[at + (little ? length - 1 - i : i)];
    return number;
  }
};

/** Bytes of a number by its type in TIFF: BYTE, SHORT, LONG and their signed kinds; 0 for what is no whole number. */
int BytesOf(int type) {
  switch (type) {
    case 1:
    case 6:
      return 1;
    case 3:
    case 8:
      return 2;
    case 4:
    case 9:
      return 4;
    default:
      return 0;
  }
}

int OrientationIn(const Tiff& tiff) {
  const size_t directory = tiff.Number(4, 4);
  const size_t entries = tiff.Number(directory, 2);
  for (size_t entry = directory + 2; entry < directory + 2 + 12 * entries && entry < tiff.size; entry += 12) {
    if (tiff.Number(entry, 2) != kOrientationTag) continue;
    const int bytes = BytesOf(tiff.Number(entry + 2, 2));
    const uint64_t count = tiff.Number(entry + 4, 4);
    if (bytes == 0 || count == 0) return 1;
    // More than four bytes stand elsewhere.
    const size_t place = bytes * count <= 4 ? entry + 8 : tiff.Number(entry + 8, 4);
    const uint32_t number = tiff.Number(place, bytes);
    return number >= 1 && number <= 8 ? number : 1;
  }
  return 1;
}

}  // namespace

int ReadOrientation(const uint8_t* bytes, size_t size) {
  for (size_t at = 2; at + 4 <= size && bytes[at] == 0xff;) {
    const int marker = bytes[at + 1];
    if (marker == 0xff) {
      at++;  // padding
      continue;
    }
    if (marker == 0xda) break;  // pixels
    const size_t length = bytes[at + 2] << 8 | bytes[at + 3];
    const uint8_t* content = bytes + at + 4;
    if (marker == 0xe1 && length >= 16 && at + 2 + length <= size && std::memcmp(content, "Exif\0", 6) == 0)
      return OrientationIn({content + 6, length - 8, content[6] == 'I'});
    at += 2 + length;
  }
  return 1;
}

void TurnUpright(const uint32_t* stored, int stride, int width, int height, Orientation orientation, uint32_t* upright) {
  const auto [transposed, mirroredX, mirroredY] = orientation;
  const int uprightWidth = transposed ? height : width;
  for (int sy = 0; sy < height; sy++) {
    const uint32_t* row = stored + static_cast<size_t>(sy) * stride;
    const int v = mirroredY ? height - 1 - sy : sy;
    for (int sx = 0; sx < width; sx++) {
      const int u = mirroredX ? width - 1 - sx : sx;
      const size_t x = transposed ? v : u;
      const size_t y = transposed ? u : v;
      upright[y * uprightWidth + x] = row[sx];
    }
  }
}

}  // namespace jpeg
