#include "turbojpeg.h"

#include <dlfcn.h>

#include <mutex>
#include <stdexcept>
#include <string>

namespace jpeg {
namespace {

// Numbers of the interface, fixed since libjpeg-turbo 3.0.
constexpr int kDecompress = 1;
constexpr int kFormatRgbx = 2;
enum Parameter {
  kStopOnWarning = 0,
  kSubsampling = 4,
  kWidth = 5,
  kHeight = 6,
  kPrecision = 7,
  kColors = 8,
  kScanLimit = 13,
  kLossless = 15
};
enum Colors { kRgb = 0, kYCbCr = 1, kGray = 2 };
// By subsampling: 4:4:4, 4:2:2, 4:2:0, gray, 4:4:0, 4:1:1, 4:4:1.
constexpr int kBlockWidths[] = {8, 16, 16, 8, 8, 32, 8};

struct Fraction {
  int numerator, denominator;
};

struct Library {
  void* (*init)(int);
  void (*destroy)(void*);
  int (*get)(void*, int);
  int (*set)(void*, int, int);
  int (*readHeader)(void*, const uint8_t*, size_t);
  int (*setScale)(void*, Fraction);
  int (*setPart)(void*, Rect);
  int (*decode)(void*, const uint8_t*, size_t, uint8_t*, int, int);
};

/** Of the whole process, and the same for every environment. */
Library library;
std::once_flag once;

template <typename Function>
void Find(void* loaded, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(loaded, name));
  if (!function) throw std::runtime_error(std::string("libjpeg-turbo lacks ") + name);
}

void Load(const char* path) {
  void* loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!loaded) throw std::runtime_error(dlerror());
  Find(loaded, "tj3Init", library.init);
  Find(loaded, "tj3Set", library.set);
  Find(loaded, "tj3Destroy", library.destroy);
  Find(loaded, "tj3Get", library.get);
  Find(loaded, "tj3DecompressHeader", library.readHeader);
  Find(loaded, "tj3SetScalingFactor", library.setScale);
  Find(loaded, "tj3SetCroppingRegion", library.setPart);
  Find(loaded, "tj3Decompress8", library.decode);
}

}  // namespace

void LoadTurboJpeg(const char* path) { std::call_once(once, Load, path); }

Decompressor::Decompressor() : handle_(library.init(kDecompress)) {
  if (!handle_) throw std::bad_alloc();
  // A warning makes the result worthless, see Decode.
  library.set(handle_.get(), kStopOnWarning, 1);
  library.set(handle_.get(), kScanLimit, kMostScans);
}

void Decompressor::Destroy::operator()(void* handle) const { library.destroy(handle); }

std::optional<Header> Decompressor::Read(const uint8_t* bytes, size_t size) {
  void* handle = handle_.get();
  if (library.readHeader(handle, bytes, size) != 0) return {};
  const int colors = library.get(handle, kColors);
  const int subsampling = library.get(handle, kSubsampling);
  const bool usual = library.get(handle, kPrecision) == 8 && library.get(handle, kLossless) == 0 &&
                     (colors == kRgb || colors == kYCbCr || colors == kGray) && subsampling >= 0 &&
                     subsampling < static_cast<int>(std::size(kBlockWidths));
  if (!usual) return {};
  return Header{library.get(handle, kWidth), library.get(handle, kHeight), kBlockWidths[subsampling]};
}

bool Decompressor::Decode(const uint8_t* bytes, size_t size, int reduction, Rect part, uint8_t* pixels) {
  void* handle = handle_.get();
  return library.setScale(handle, {1, reduction}) == 0 && library.setPart(handle, part) == 0 &&
         library.decode(handle, bytes, size, pixels, 0, kFormatRgbx) == 0;
}

}  // namespace jpeg
