// EXIF orientation: how stored pixels become the upright image.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jpeg {

/** Upright (x, y) is stored (y, x) where transposed; the stored axes are then mirrored. */
struct Orientation {
  bool transposed, mirroredX, mirroredY;
};

/** @param exif 1 to 8 as EXIF numbers them */
inline Orientation OrientationOf(int exif) {
  return {exif >= 5, exif == 2 || exif == 3 || exif == 7 || exif == 8, exif == 3 || exif == 4 || exif == 6 || exif == 7};
}

/** EXIF's number for the orientation of a JPEG file, 1 to 8; 1 where it says nothing or nonsense. */
int ReadOrientation(const uint8_t* bytes, size_t size);

/**
 * Turns pixels upright.
 *
 * @param stored [.., width, 4] with `stride` pixels from row to row
 * @param width, height of the stored part
 * @param upright tightly packed; [width, height, 4] where transposed, else [height, width, 4]
 */
void TurnUpright(const uint32_t* stored, int stride, int width, int height, Orientation orientation, uint32_t* upright);

}  // namespace jpeg
