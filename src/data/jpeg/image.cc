#include "image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "orientation.h"

namespace jpeg {
namespace {

constexpr off_t kLargestFile = 1 << 28;
/** Larger images stream through libvips instead of taking 4 bytes a pixel in every thread. */
constexpr int64_t kMostPixels = 1 << 25;
/** What a thread keeps of each of its buffers, for the next image. */
constexpr size_t kKeptBytes = 1 << 25;

/** An open file. */
struct Descriptor {
  const int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

bool ReadFile(const std::string& path, std::vector<uint8_t>& content) {
  // Without waiting: a pipe that nobody writes to would never open.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status;
  if (file.number < 0 || fstat(file.number, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (status.st_size < 4 || status.st_size > kLargestFile) return false;
  content.resize(status.st_size);
  for (size_t read = 0; read < content.size();) {
    const ssize_t more = ::read(file.number, content.data() + read, content.size() - read);
    if (more <= 0) return false;
    read += more;
  }
  return true;
}

/** The end marker stands nowhere inside image data; what follows it does no harm. */
bool HasEnd(const std::vector<uint8_t>& file) {
  for (size_t at = file.size() - 1; at > 1; at--)
    if (file[at] == 0xd9 && file[at - 1] == 0xff) return true;
  return false;
}

/** Scans of the first image in a file. */
int CountScans(const std::vector<uint8_t>& file) {
  int scans = 0;
  for (size_t at = 2; at + 4 <= file.size();) {
    const int marker = file[at + 1];
    const bool standsAlone = marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8);
    if (file[at] != 0xff) {
      const void* next = std::memchr(file.data() + at, 0xff, file.size() - at);
      if (!next) break;
      at = static_cast<const uint8_t*>(next) - file.data();
    } else if (marker == 0xd9) {
      break;
    } else if (marker == 0xff || standsAlone) {
      at += marker == 0xff ? 1 : 2;
    } else {
      if (marker == 0xda) scans++;
      at += 2 + (file[at + 2] << 8 | file[at + 3]);
    }
  }
  return scans;
}

void ShrinkBuffer(std::vector<uint8_t>& buffer) {
  if (buffer.capacity() > kKeptBytes) std::vector<uint8_t>().swap(buffer);
}

/** One upright axis of a plan, in pixels of the image that the decoder makes smaller. */
Taps TapsOf(const Plan& plan, int begin, int length, int stored, bool mirrored, int resized, int from, int count) {
  const int smaller = (stored + plan.reduction - 1) / plan.reduction;
  // The last smaller pixel may reach beyond the edge; seen from a mirrored axis that is the first one.
  const int beyond = mirrored ? smaller * plan.reduction - stored : 0;
  const double first = static_cast<double>(begin + beyond) / plan.reduction;
  const double size = static_cast<double>(length) / plan.reduction;
  const int low = std::floor(first);
  const int high = std::min<int>(smaller, std::ceil(first + size));
  return MakeTaps(plan.filter, first, size, low, high, resized, from, from + count);
}

/** A part of an axis and how it is seen from the other end. */
struct Span {
  int begin, end;
  Span Mirrored(bool mirrored, int length) const { return mirrored ? Span{length - end, length - begin} : *this; }
};

/** What has to be decoded so that the pixels of `x` and `y` are those of the whole image. */
Rect PartFor(Span x, Span y, int width, int blockWidth) {
  // Smooth upsampling of the colors looks one pixel further, and decoding begins at a block.
  const int left = std::max(0, x.begin - 1) / blockWidth * blockWidth;
  return {left, y.begin, std::min(width, x.end + 2) - left, y.end - y.begin};
}

}  // namespace

uint32_t* Workspace::Pixels(size_t count) {
  if (count > room_) {
    pixels_.reset();
    pixels_.reset(new uint32_t[count]);
    room_ = count;
  }
  return pixels_.get();
}

void Workspace::Shrink() {
  ShrinkBuffer(file);
  ShrinkBuffer(between);
  if (room_ * sizeof(uint32_t) <= kKeptBytes) return;
  pixels_.reset();
  room_ = 0;
}

std::optional<Known> Probe(const std::string& path, Workspace& workspace) {
  if (!ReadFile(path, workspace.file) || !HasEnd(workspace.file)) return {};
  Decompressor decompressor;
  const auto header = decompressor.Read(workspace.file.data(), workspace.file.size());
  if (!header || static_cast<int64_t>(header->width) * header->height > kMostPixels) return {};
  if (CountScans(workspace.file) > kMostScans) return {};
  return Known{header->width, header->height, ReadOrientation(workspace.file.data(), workspace.file.size())};
}

bool Decode(const std::string& path, const Known& known, const Plan& plan, Workspace& workspace, uint8_t* result) {
  if (!ReadFile(path, workspace.file)) return false;
  const std::vector<uint8_t>& file = workspace.file;
  Decompressor decompressor;
  const auto header = decompressor.Read(file.data(), file.size());
  const int exif = ReadOrientation(file.data(), file.size());
  if (!header || !(Known{header->width, header->height, exif} == known)) return false;

  const Orientation turn = OrientationOf(exif);
  const bool mirroredAcross = turn.transposed ? turn.mirroredY : turn.mirroredX;
  const bool mirroredDown = turn.transposed ? turn.mirroredX : turn.mirroredY;
  const auto& [region, resizedWidth, resizedHeight, window, flipped, filter, reduction] = plan;
  Taps across = TapsOf(plan, region.left, region.width, turn.transposed ? header->height : header->width, mirroredAcross,
                       resizedWidth, window.left, window.width);
  Taps down = TapsOf(plan, region.top, region.height, turn.transposed ? header->width : header->height, mirroredDown,
                     resizedHeight, window.top, window.height);

  const int width = (header->width + reduction - 1) / reduction;
  const int height = (header->height + reduction - 1) / reduction;
  const Span columns{across.First(), across.End()};
  const Span rows{down.First(), down.End()};
  const Span x = (turn.transposed ? rows : columns).Mirrored(turn.mirroredX, width);
  const Span y = (turn.transposed ? columns : rows).Mirrored(turn.mirroredY, height);
  const Rect part = PartFor(x, y, width, std::max(1, header->blockWidth / reduction));
  const bool turned = exif != 1;
  const size_t decoded = static_cast<size_t>(part.width) * part.height;
  const size_t needed = static_cast<size_t>(x.end - x.begin) * part.height;
  uint32_t* pixels = workspace.Pixels(decoded + (turned ? needed : 0));
  if (!decompressor.Decode(file.data(), file.size(), reduction, part, reinterpret_cast<uint8_t*>(pixels))) return false;

  const uint32_t* source = pixels + (x.begin - part.left);
  int stride = part.width;
  if (turned) {
    TurnUpright(source, part.width, x.end - x.begin, part.height, turn, pixels + decoded);
    source = pixels + decoded;
    stride = columns.end - columns.begin;
  }
  for (int& start : across.starts) start -= columns.begin;
  for (int& start : down.starts) start -= rows.begin;
  Resample(reinterpret_cast<const uint8_t*>(source), stride, across, down, flipped, workspace.between, result);
  return true;
}

}  // namespace jpeg
