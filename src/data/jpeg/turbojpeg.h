// What is used of the TurboJPEG 3 interface of libjpeg-turbo, looked up in a library that is loaded at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace jpeg {

/** A part of an image, pixels. */
struct Rect {
  int left, top, width, height;
};

/** What the markers before the first scan say. */
struct Header {
  /** Size as it is stored, before the orientation is applied. */
  int width, height;
  /** Pixels that a partial decode must begin at a multiple of, at full size. */
  int blockWidth;
};

/** More scans are refused: thousands take minutes, and a photograph has about ten. */
constexpr int kMostScans = 500;

/**
 * Loads libjpeg-turbo for the whole process, once; throws std::runtime_error when that is not version 3 or not there.
 * May be called by several threads.
 */
void LoadTurboJpeg(const char* path);

/** Decodes one file: after an error in a header TurboJPEG refuses all that follow. LoadTurboJpeg comes first. */
class Decompressor {
 public:
  Decompressor();

  /** The header; nothing for what is not an 8-bit RGB, YCbCr or gray JPEG with one of the usual subsamplings. */
  std::optional<Header> Read(const uint8_t* bytes, size_t size);

  /**
   * Decodes a part of the image whose header was read last, with the accurate DCT and smooth upsampling.
   *
   * @param reduction 1, 2, 4 or 8: the inverse DCT makes the image so many times smaller
   * @param part of the smaller image; left is a multiple of blockWidth / reduction
   * @param pixels [height, width, 4]: red, green, blue and a byte without meaning
   * @return whether it went without an error and without a warning
   */
  bool Decode(const uint8_t* bytes, size_t size, int reduction, Rect part, uint8_t* pixels);

 private:
  struct Destroy {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Destroy> handle_;
};

}  // namespace jpeg
