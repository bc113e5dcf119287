// The gradient of a 3×3 kernel in float32: the transposes of winograd.h's transforms, in the other order. What images and
// the results' gradient are turned into is multiplied and summed over all squares, and that is turned into the gradient.

#include "operations.h"
#include "winograd.h"

namespace winograd {
namespace {

// Numbers that are kept of all products before they are multiplied: enough pieces of work for many threads, and no more
// than caches hold.
constexpr int64_t kNumbers = 1 << 20;

// Squares that are multiplied before sums are stored, and those that a piece of work transforms.
constexpr int64_t kSquares = 112, kTransformed = 16;

// Channels that are multiplied at once.
constexpr int64_t kRows = 4;

// What a band of squares was turned into, in panels: of the images [products, channels / kChannels, squares, kChannels],
// of the gradient [products, panels, squares, kPanel].
struct Band {
  float *images, *gradient;
  int64_t squares;
};

// Squares [begin, end) of the band that begins at square `first`.
template <int lanes>
INLINE void TransformBody(const float* images, const float* gradient, const Geometry& g, const Band& band, int64_t first,
                          int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    const Place at = PlaceOf(g, first + i);
    for (int64_t channel = 0; channel < g.channels; channel += lanes) {
      float* to = band.images + channel / kChannels * kChannels * band.squares + i * kChannels + channel % kChannels;
      TransformImage<lanes>(images + channel, g, at, to, g.channels * band.squares);
    }
    const float* given = gradient + at.image * g.height * g.width * g.outputs;
    const int64_t plane = PartsOf(g.outputs, kPanel) * kPanel * band.squares;
    for (int64_t output = 0; output < g.outputs; output += lanes) {
      Floats<lanes> square[kResults][kResults], made[kSide][kSide];
      LoadSquare<lanes>(given + output, g.outputs, g, at.row, at.column, square);
      OfSquare<Floats<lanes>, kResults, kSide, OfResults>(square, made);
      float* to = band.gradient + output / kPanel * kPanel * band.squares + i * kPanel + output % kPanel;
      for (int p = 0; p < kProducts; ++p) Store(made[p / kSide][p % kSide], to + p * plane);
    }
  }
}
FOR_LANES(Transform,
          (const float* images, const float* gradient, const Geometry& g, const Band& band, int64_t first,
           int64_t begin, int64_t end),
          (images, gradient, g, band, first, begin, end))

// Adds the products of one place and one panel of outputs to `sums`, [channels, outputs].
template <int lanes>
INLINE void MultiplyBandBody(const Band& band, const Geometry& g, int64_t product, int64_t panel, float* sums) {
  const int64_t columns = std::min(kPanel, g.outputs - panel * kPanel);
  const float* images = band.images + product * g.channels * band.squares;
  const float* gradient = band.gradient + (product * PartsOf(g.outputs, kPanel) + panel) * kPanel * band.squares;
  for (int64_t square = 0; square < band.squares; square += kSquares) {
    const int64_t count = std::min(kSquares, band.squares - square);
    for (int64_t channel = 0; channel < g.channels; channel += kRows) {
      const float* a = images + channel / kChannels * kChannels * band.squares + square * kChannels + channel % kChannels;
      MultiplyPanel<lanes, kRows, true>({a, 1, kChannels, gradient + square * kPanel, count}, columns,
                                 sums + channel * g.outputs + panel * kPanel, g.outputs);
    }
  }
}
FOR_LANES(MultiplyBand, (const Band& band, const Geometry& g, int64_t product, int64_t panel, float* sums),
          (band, g, product, panel, sums))

// Numbers [begin, begin + count) of every place of the kernel, from as many of every product.
template <int lanes>
INLINE void TransformSumsBody(const float* sums, int64_t size, int64_t begin, int64_t count, float* dw) {
  for (int64_t i = begin; i < begin + count; i += lanes) {
    Floats<lanes> given[kSide][kSide], made[kKernel][kKernel];
    for (int p = 0; p < kProducts; ++p) given[p / kSide][p % kSide] = Load<lanes>(sums + p * size + i);
    OfSquare<Floats<lanes>, kSide, kKernel, ToKernel>(given, made);
    for (int p = 0; p < kKernel * kKernel; ++p) Store(made[p / kKernel][p % kKernel], dw + p * size + i);
  }
}
FOR_LANES(TransformSums, (const float* sums, int64_t size, int64_t begin, int64_t count, float* dw),
          (sums, size, begin, count, dw))

void ComputeGradient(const float* images, const float* gradient, const Geometry& g, float* dw) {
  const int64_t panels = PartsOf(g.outputs, kPanel), width = g.channels + panels * kPanel, size = g.channels * g.outputs;
  const int64_t most = PartsOf(kNumbers / kProducts / width, kSquares) * kSquares;
  const int64_t bands = PartsOf(g.Squares(), most), each = PartsOf(g.Squares(), bands);
  const std::unique_ptr<float[]> room(new float[kProducts * each * width]);
  const std::unique_ptr<float, void (*)(void*)> zeros(
      static_cast<float*>(std::calloc(kProducts * size, sizeof(float))), std::free);
  float* const sums = zeros.get();
  if (!sums) throw std::bad_alloc();
  for (int64_t first = 0; first < g.Squares(); first += each) {
    const int64_t squares = std::min(each, g.Squares() - first);
    const Band band{room.get(), room.get() + kProducts * squares * g.channels, squares};
    InPieces(squares, kTransformed, [&](int64_t begin, int64_t count) {
      Transform(images, gradient, g, band, first, begin, begin + count);
    });
    Helpers::Get().Run(kProducts * panels, [&](int64_t piece) {
      MultiplyBand(band, g, piece / panels, piece % panels, sums + piece / panels * size);
    });
  }
  InPieces(size, kPiece, [&](int64_t begin, int64_t count) { TransformSums(sums, size, begin, count, dw); });
}

// ---- the operation ----

void Compute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *images = call.Input(0), *gradient = call.Input(1);
  if (!images || !gradient) return;
  const auto shape = ShapeOf(images), given = ShapeOf(gradient);
  const bool fit = shape.size() == 4 && given.size() == 4 && std::equal(shape.begin(), shape.end() - 1, given.begin());
  const Geometry g = fit ? Geometry{shape[0], shape[1], shape[2], shape[3], given[3]} : Geometry{};
  if (!IsKnown(g)) return call.Refuse("images and gradient do not fit each other");
  float* dw = call.Output(0, {kKernel, kKernel, g.channels, g.outputs});
  if (dw) ComputeGradient(ValuesOf(images), ValuesOf(gradient), g, dw);
}

void ShapeOfKernel(TF_ShapeInferenceContext* context, TF_Status* status) {
  JoinedShape(context, status).Side(kKernel).Side(kKernel).Axes(0, 3, 4).Axes(1, 3, 4).SetOutput();
}

}  // namespace
}  // namespace winograd

void RegisterWinogradGradientOperations() {
  Register({"CamtuneWinogradFilterGrad", {"x: float", "dy: float"}, {"dw: float"}, {}, winograd::ShapeOfKernel, nullptr,
            winograd::Compute, nullptr});
}
