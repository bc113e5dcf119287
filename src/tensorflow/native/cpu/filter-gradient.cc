// The gradient of a convolution's weights in float32 and bfloat16, for processors with AVX-512 where oneDNN 3.7 takes
// longer.
//
// Images and gradient are packed once into rows that vectors like, and every place of the kernel reads the images from
// another address (filter-products.h).

#include "convolution.h"
#include "cpu-kernel.h"
#include "filter-products.h"
#include "numbers.h"
#include "operations.h"

namespace {

using namespace filter_products;

// About how many places are gone over before a part of the result is stored.
constexpr int64_t kPlaces = 112;

// Enough pieces for many threads, whatever the sizes; more would have more to add up.
constexpr int64_t kPieces = 16;

// ---- a piece of work ----

// Images, or their gradients: where a place of one lies, in numbers.
template <typename T>
struct Places {
  const T* data;
  int64_t image, row, column;
};

struct Geometry {
  int64_t batch, height, width, channels;  // of the images
  int64_t rows, columns, outputs;          // of what the convolution gives
  int64_t kernel_rows, kernel_columns;
  int64_t down, across, top, left;         // strides, and padding before

  // What a piece of work computes of the result, so many channels by so many outputs: as much as caches hold. Where
  // every number of the images meets one place of the kernel alone, larger ones spare packing them again.
  int64_t Block() const { return kernel_rows * kernel_columns == 1 ? 256 : 128; }
};

// Room for words at an address that vectors like.
template <typename W>
class Room {
 public:
  W* Get(int64_t count) {
    if (static_cast<int64_t>(room_.size()) < count + kVector) room_.resize(count + kVector);
    return reinterpret_cast<W*>((reinterpret_cast<uintptr_t>(room_.data()) + 63) / 64 * 64);
  }

 private:
  std::vector<W> room_;
};

// What will be needed soon, fetched from memory while something else is computed.
class Prefetch {
 public:
  // Columns of some rows, `count` numbers of each.
  template <typename T>
  void Add(const T* from, int64_t row, int64_t column, int64_t begin, int64_t end, int64_t columns, int64_t count) {
    const int64_t step = column * sizeof(T), length = count * sizeof(T);
    const bool is_whole = length + kLine > step;
    for (int64_t i = begin; i < end; ++i) {
      const auto* at = reinterpret_cast<const char*>(from + i * row);
      if (is_whole) stretches_.push_back({at, at + (columns - 1) * step + length});
      for (int64_t k = 0; k < columns && !is_whole; ++k) stretches_.push_back({at + k * step, at + k * step + length});
    }
  }
  // How much is to be fetched at a time, to be through after so many.
  void DivideInto(int64_t times) {
    int64_t all = 0;
    for (const Stretch& stretch : stretches_) all += stretch.end - stretch.begin;
    portion_ = PartsOf(all, times * kLine);
  }
  void Next() {
    for (int64_t left = portion_; left > 0 && next_ < stretches_.size(); --left) {
      Stretch& stretch = stretches_[next_];
      __builtin_prefetch(stretch.begin, 0, 2);
      stretch.begin += kLine;
      if (stretch.begin >= stretch.end) ++next_;
    }
  }

 private:
  static constexpr int64_t kLine = 64;
  struct Stretch {
    const char *begin, *end;
  };
  std::vector<Stretch> stretches_;
  size_t next_ = 0;
  int64_t portion_ = 0;
};

// A block of the result, for each place of the kernel, over rows of the gradient, which are counted through all images
// (all pairs of them).
template <typename T>
class Block {
 public:
  Block(const Geometry& geometry, const Places<T>& images, const Places<T>& gradient, int64_t channel,
        int64_t output, float* result)
      : g_(geometry), images_(images), gradient_(gradient), channel_(channel), output_(output),
        channels_(std::min(g_.Block(), g_.channels - channel)), outputs_(std::min(g_.Block(), g_.outputs - output)),
        result_(result) {
    images_.data += channel;
    gradient_.data += output;
  }

  void Compute(int64_t begin, int64_t end, int64_t each) {
    for (int64_t place = 0; place < g_.kernel_rows * g_.kernel_columns; ++place) {
      for (int64_t i = 0; i < channels_; ++i) std::fill_n(Result(place, i, 0), outputs_, 0.0f);
    }
    for (int64_t row = begin; row < end; row += each) AddRows(row, std::min(row + each, end), end);
  }

 private:
  static constexpr int64_t kImages = Packed<T>::kImages;

  // Rows of the gradient of one image (or pair), the rows of the images that these look at, and the place of the first
  // of them.
  struct Span {
    int64_t index, begin, end, first, last, place;
  };

  float* Result(int64_t place, int64_t channel, int64_t output) {
    return result_ + (place * g_.channels + channel_ + channel) * g_.outputs + output_ + output;
  }

  // @param last where the rows of this piece of work end
  void AddRows(int64_t begin, int64_t end, int64_t last) {
    int64_t places = 0;
    const std::vector<Span> spans = SpansOf(begin, end, &places);
    const int64_t given = (end - begin) * g_.columns;
    if (places == 0 || given == 0) return;
    Word<T>* const x = image_room_.Get(PartsOf(channels_, kVector) * kVector * places);
    Word<T>* const dy = gradient_room_.Get(PartsOf(outputs_, kColumns) * kColumns * given);
    Word<T> *next_x = x, *next_dy = dy;
    for (const Span& span : spans) {
      for (int64_t row = span.first; row < span.last; ++row) {
        next_x = PackRow<kVector>(images_, span.index, row, g_.width, channels_, next_x, places);
      }
      for (int64_t row = span.begin; row < span.end; ++row) {
        next_dy = PackRow<kColumns>(gradient_, span.index, row, g_.columns, outputs_, next_dy, given);
      }
    }
    Prefetch prefetch = PrefetchOf(end, std::min(end + end - begin, last));
    std::vector<Run> runs;
    for (int64_t r = 0; r < g_.kernel_rows; ++r) {
      for (int64_t s = 0; s < g_.kernel_columns; ++s) {
        RunsOf(spans, r, s, &runs);
        for (int64_t k = 0; k < outputs_; k += kColumns) {
          for (int64_t i = 0; i < channels_; i += kRows) {
            prefetch.Next();
            Add<T>({x + i / kVector * kVector * places + i % kVector, dy + k * given, runs, g_.across},
                {Result(r * g_.kernel_columns + s, i, k), std::min(kRows, channels_ - i),
                 std::min(kColumns, outputs_ - k), g_.outputs});
          }
        }
      }
    }
  }

  // What the rows after these need from memory, in as many portions as there are calls of Add.
  Prefetch PrefetchOf(int64_t begin, int64_t end) const {
    Prefetch prefetch;
    int64_t places = 0;
    for (const Span& span : SpansOf(begin, end, &places)) {
      const int64_t first = kImages * span.index;
      for (int64_t image = first; image < std::min(g_.batch, first + kImages); ++image) {
        prefetch.Add(images_.data + image * images_.image, images_.row, images_.column, span.first, span.last, g_.width,
                   channels_);
        prefetch.Add(gradient_.data + image * gradient_.image, gradient_.row, gradient_.column, span.begin, span.end,
                   g_.columns, outputs_);
      }
    }
    prefetch.DivideInto(g_.kernel_rows * g_.kernel_columns * PartsOf(outputs_, kColumns) * PartsOf(channels_, kRows));
    return prefetch;
  }

  std::vector<Span> SpansOf(int64_t begin, int64_t end, int64_t* places) const {
    std::vector<Span> spans;
    for (int64_t row = begin; row < end; row += spans.back().end - spans.back().begin) {
      const int64_t index = row / g_.rows, from = row % g_.rows, to = std::min(g_.rows, from + end - row);
      const int64_t first = std::max<int64_t>(0, from * g_.down - g_.top);
      const int64_t last = std::min(g_.height, (to - 1) * g_.down - g_.top + g_.kernel_rows);
      spans.push_back({index, from, to, first, std::max(first, last), *places});
      *places += std::max<int64_t>(0, last - first) * g_.width;
    }
    return spans;
  }

  // A row of an image (or pair), in parts of `width` channels, each part over `places` places; returns where the next
  // row goes.
  template <int64_t width>
  Word<T>* PackRow(const Places<T>& from, int64_t index, int64_t row, int64_t columns, int64_t count, Word<T>* to,
                   int64_t places) const {
    const T* a = from.data + kImages * index * from.image + row * from.row;
    const T* b = kImages == 2 && 2 * index + 1 < g_.batch ? a + from.image : nullptr;
    for (int64_t column = 0; column < columns; ++column, to += width) {
      const int64_t at = column * from.column;
      Pack<T, width>(a + at, b ? b + at : nullptr, count, to, places * width);
    }
    return to;
  }

  // Which places of images and gradient meet at a place of the kernel.
  void RunsOf(const std::vector<Span>& spans, int64_t r, int64_t s, std::vector<Run>* runs) const {
    runs->clear();
    const int64_t begin = g_.left > s ? (g_.left - s + g_.across - 1) / g_.across : 0;
    const int64_t room = g_.width - 1 + g_.left - s;
    const int64_t end = room < 0 ? 0 : std::min(g_.columns, room / g_.across + 1);
    if (begin >= end) return;
    int64_t given = 0;
    for (const Span& span : spans) {
      for (int64_t row = span.begin; row < span.end; ++row, given += g_.columns) {
        const int64_t looked = row * g_.down - g_.top + r;
        if (looked < span.first || looked >= span.last) continue;
        const int64_t column = begin * g_.across - g_.left + s;
        runs->push_back({span.place + (looked - span.first) * g_.width + column, given + begin, end - begin});
      }
    }
  }

  const Geometry g_;
  Places<T> images_, gradient_;
  const int64_t channel_, output_, channels_, outputs_;
  float* const result_;
  Room<Word<T>> image_room_, gradient_room_;
};

// ---- the operation ----

void AddUp(const float* parts, int64_t count, int64_t size, float* result) {
  InPieces(size, kPiece, [=](int64_t begin, int64_t length) {
    for (int64_t part = 0; part < count; ++part) {
      const float* from = parts + part * size + begin;
      float* to = result + begin;
      NO_OVERLAP
      for (int64_t i = 0; i < length; ++i) to[i] += from[i];
    }
  });
}

// Rows of a few images, or a part of one, so that few rows of the images are packed twice.
int64_t RowsAtOnce(const Geometry& g) {
  const int64_t rows = std::max<int64_t>(1, kPlaces / g.columns);
  return rows >= g.rows ? rows / g.rows * g.rows : PartsOf(g.rows, PartsOf(g.rows, rows));
}

template <typename T>
void ComputeGradient(const Geometry& g, const Places<T>& images, const Places<T>& gradient, float* result) {
  const int64_t side = g.Block(), along = PartsOf(g.outputs, side), blocks = PartsOf(g.channels, side) * along;
  const int64_t rows = PartsOf(g.batch, Packed<T>::kImages) * g.rows, each = RowsAtOnce(g);
  const int64_t bands = PartsOf(rows, each), parts = std::min(bands, PartsOf(kPieces, blocks));
  const int64_t size = g.kernel_rows * g.kernel_columns * g.channels * g.outputs;
  const std::unique_ptr<float[]> further(new float[(parts - 1) * size]);
  float* const others = further.get();
  Helpers::Get().Run(parts * blocks, [=](int64_t piece) {
    const int64_t part = piece / blocks, block = piece % blocks;
    float* own = part == 0 ? result : others + (part - 1) * size;
    const auto begin = [=](int64_t index) { return std::min(rows, bands * index / parts * each); };
    Block<T>(g, images, gradient, block / along * side, block % along * side, own)
        .Compute(begin(part), begin(part + 1), each);
  });
  AddUp(others, parts - 1, size, result);
}

template <typename T>
void ComputeFilterGrad(void* state, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *images = call.Input(0), *gradient = call.Input(1);
  if (!images || !gradient) return;
  const auto shape = ShapeOf(images), given = ShapeOf(gradient);
  const Convolution c = *static_cast<Convolution*>(state);
  const auto isFilled = [](const std::vector<int64_t>& sides) {
    return sides.size() == 4 && *std::min_element(sides.begin(), sides.end()) > 0;
  };
  if (!isFilled(shape) || !isFilled(given) || shape[0] != given[0] || c.height < 1 || c.width < 1 || c.down < 1 ||
      c.across < 1 || c.top < 0 || c.left < 0) {
    return call.Refuse("images, gradient and kernel do not fit each other");
  }
  float* result = call.Output(0, {c.height, c.width, shape[3], given[3]});
  if (!result) return;
  Geometry g{shape[0], shape[1], shape[2], shape[3], given[1], given[2], given[3],
             c.height, c.width, c.down, c.across, c.top, c.left};
  Places<T> x{ValuesOf<T>(images), g.height * g.width * g.channels, g.width * g.channels, g.channels};
  const Places<T> dy{ValuesOf<T>(gradient), g.rows * g.columns * g.outputs, g.columns * g.outputs, g.outputs};
  const bool looks_at_one = c.height == 1 && c.width == 1 && c.top == 0 && c.left == 0;
  if (looks_at_one && (g.rows - 1) * g.down < g.height && (g.columns - 1) * g.across < g.width) {
    // Places between the strides are left out, rather than packed for nothing.
    x.row *= g.down, x.column *= g.across;
    g.height = g.rows, g.width = g.columns, g.down = g.across = 1;
  }
  ComputeGradient(g, x, dy, result);
}

}  // namespace

void RegisterFilterGradientOperations() {
  RegisterFilterGradient("CamtuneFilterGrad", ComputeFilterGrad<float>, ComputeFilterGrad<Bfloat16>);
}
