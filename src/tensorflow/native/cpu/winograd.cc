// Convolutions with kernels of 3×3 and no strides in float32, and gradients of their images: see winograd.h.

#include "operations.h"
#include "winograd.h"

namespace winograd {
namespace {

// Squares of results that a piece of work computes: their products fit into the caches of a core.
constexpr int64_t kSquares = 24;

// Rows that are multiplied at once.
constexpr int64_t kRows = 6;
static_assert(kSquares % kRows == 0);

// Rows of one product of all squares lie so far apart that they do not fall onto the same lines of a cache.
constexpr int64_t kGap = 16;

// Numbers of a transformed kernel at one of the products: [panels, channels, kPanel].
INLINE int64_t KernelPlane(const Geometry& g) { return PartsOf(g.outputs, kPanel) * g.channels * kPanel + kGap; }

// What is done with results: times `factor`, plus `offset` (of each output, or null), then a ReLU.
struct Ending {
  const float *factor, *offset;
  bool relu;
};

template <int lanes>
INLINE void TransformBack(const float* products, int64_t plane, const Geometry& g, const Place& at, const Ending& ending,
                          int64_t output, float* y) {
  Floats<lanes> given[kSide][kSide], made[kResults][kResults];
  for (int i = 0; i < kProducts; ++i) given[i / kSide][i % kSide] = Load<lanes>(products + i * plane);
  OfSquare<Floats<lanes>, kSide, kResults, ToResults>(given, made);
  const Floats<lanes> zero{}, factor = ending.factor ? Load<lanes>(ending.factor + output) : zero + 1.0f;
  const Floats<lanes> offset = ending.offset ? Load<lanes>(ending.offset + output) : zero;
  for (int i = 0; i < kResults && at.row + i < g.height; ++i) {
    for (int j = 0; j < kResults && at.column + j < g.width; ++j) {
      const Floats<lanes> value = made[i][j] * factor + offset;
      Store(ending.relu ? (value < zero ? zero : value) : value,
            y + ((at.image * g.height + at.row + i) * g.width + at.column + j) * g.outputs + output);
    }
  }
}

// Squares [begin, end), with a transformed kernel.
template <int lanes>
INLINE void ConvolveBody(const float* images, const float* kernel, const Geometry& g, const Ending& ending,
                         int64_t begin, int64_t end, float* room, float* y) {
  const int64_t count = PartsOf(end - begin, kRows) * kRows, panels = PartsOf(g.outputs, kPanel);
  const int64_t plane = kSquares * g.channels + kGap, product_plane = kSquares * g.outputs + kGap;
  float* const products = room + kProducts * plane;
  for (int64_t i = 0; i < end - begin; ++i) {
    const Place at = PlaceOf(g, begin + i);
    for (int64_t channel = 0; channel < g.channels; channel += lanes) {
      TransformImage<lanes>(images + channel, g, at, room + i * g.channels + channel, plane);
    }
  }
  for (int64_t i = 0; i < kProducts; ++i) {
    // Behind the last square, too, there are numbers, not what memory held.
    std::fill(room + i * plane + (end - begin) * g.channels, room + i * plane + count * g.channels, 0.0f);
    for (int64_t panel = 0; panel < panels; ++panel) {
      const float* b = kernel + i * KernelPlane(g) + panel * g.channels * kPanel;
      const int64_t columns = std::min(kPanel, g.outputs - panel * kPanel);
      for (int64_t row = 0; row < count; row += kRows) {
        MultiplyPanel<lanes, kRows, false>({room + i * plane + row * g.channels, g.channels, 1, b, g.channels}, columns,
                                    products + i * product_plane + row * g.outputs + panel * kPanel, g.outputs);
      }
    }
  }
  for (int64_t i = 0; i < end - begin; ++i) {
    const Place at = PlaceOf(g, begin + i);
    for (int64_t output = 0; output < g.outputs; output += lanes) {
      TransformBack<lanes>(products + i * g.outputs + output, product_plane, g, at, ending, output, y);
    }
  }
}
FOR_LANES(Convolve,
          (const float* images, const float* kernel, const Geometry& g, const Ending& ending, int64_t begin,
           int64_t end, float* room, float* y),
          (images, kernel, g, ending, begin, end, room, y))

// A gradient of images is a convolution of the results' gradient with the kernel turned round, in which channels and
// outputs have changed places.
struct Kernel {
  const float* weights;  // [3, 3, channels, outputs]; turned: [3, 3, outputs, channels]
  bool turned;
};

// kChannels channels, from `channel` on.
template <int lanes>
INLINE void TransformKernelBody(const Kernel& kernel, const Geometry& g, int64_t channel, float* to) {
  constexpr int kWeights = kKernel * kKernel;
  const int64_t plane = KernelPlane(g), size = g.channels * g.outputs;
  float turned[kWeights][kChannels][kPanel];
  for (int64_t panel = 0; panel < g.outputs; panel += kPanel) {
    const int64_t columns = std::min(kPanel, g.outputs - panel);
    for (int place = 0; place < kWeights && kernel.turned; ++place) {
      const float* from = kernel.weights + (kWeights - 1 - place) * size + panel * g.channels + channel;
      for (int64_t k = 0; k < columns; ++k, from += g.channels) {
        for (int64_t i = 0; i < kChannels; ++i) turned[place][i][k] = from[i];
      }
    }
    const float* weights = kernel.turned ? turned[0][0] : kernel.weights + channel * g.outputs + panel;
    const int64_t row = kernel.turned ? kPanel : g.outputs, step = kernel.turned ? kChannels * kPanel : size;
    for (int64_t i = 0; i < kChannels; ++i) {
      for (int64_t k = 0; k < columns; k += lanes) {
        Floats<lanes> given[kKernel][kKernel], made[kSide][kSide];
        for (int place = 0; place < kWeights; ++place) {
          given[place / kKernel][place % kKernel] = Load<lanes>(weights + place * step + i * row + k);
        }
        OfSquare<Floats<lanes>, kKernel, kSide, OfKernel>(given, made);
        float* at = to + (panel * g.channels + (channel + i) * kPanel) + k;
        for (int p = 0; p < kProducts; ++p) Store(made[p / kSide][p % kSide], at + p * plane);
      }
    }
  }
}
FOR_LANES(TransformKernel, (const Kernel& kernel, const Geometry& g, int64_t channel, float* to),
          (kernel, g, channel, to))

void ComputeConvolution(const float* images, const Kernel& kernel, const Geometry& g, const Ending& ending, float* y) {
  const std::unique_ptr<float[]> transformed(new float[kProducts * KernelPlane(g)]);
  float* const to = transformed.get();
  Helpers::Get().Run(g.channels / kChannels,
                     [&](int64_t piece) { TransformKernel(kernel, g, piece * kChannels, to); });
  InPieces(g.Squares(), kSquares, [&](int64_t begin, int64_t count) {
    const int64_t size = kProducts * (kSquares * (g.channels + g.outputs) + 2 * kGap);
    const std::unique_ptr<float[]> room(new float[size]);
    Convolve(images, to, g, ending, begin, begin + count, room.get(), y);
  });
}

// ---- the operations ----

void* Create(TF_OpKernelConstruction* construction) {
  auto* relu = new int64_t();
  ReadAttributes(construction, {{"relu", relu}});
  return relu;
}

Geometry GeometryOf(TF_Tensor* images, TF_Tensor* kernel, bool turned) {
  const auto shape = ShapeOf(images), sides = ShapeOf(kernel);
  if (shape.size() != 4 || sides.size() != 4 || sides[0] != kKernel || sides[1] != kKernel) return {};
  if (sides[turned ? 3 : 2] != shape[3]) return {};
  return {shape[0], shape[1], shape[2], shape[3], sides[turned ? 2 : 3]};
}

void ComputeWith(Call* call, TF_Tensor* images, TF_Tensor* kernel, bool turned, TF_Tensor* offset, TF_Tensor* factor,
                 bool relu) {
  if (call->Failed()) return;
  const Geometry g = GeometryOf(images, kernel, turned);
  const auto is_for_outputs = [&](TF_Tensor* tensor) { return !tensor || CountOf(tensor) == g.outputs; };
  if (!IsKnown(g) || !is_for_outputs(offset) || !is_for_outputs(factor)) {
    return call->Refuse("images, kernel, offset and factor do not fit each other");
  }
  float* y = call->Output(0, {g.batch, g.height, g.width, g.outputs});
  if (!y) return;
  const auto values = [](TF_Tensor* tensor) { return tensor ? ValuesOf(tensor) : nullptr; };
  ComputeConvolution(ValuesOf(images), {ValuesOf(kernel), turned}, g, {values(factor), values(offset), relu}, y);
}

// Images, kernel and, for each output, nothing, an offset, or an offset and a factor.
void Compute(void* relu, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *images = call.Input(0), *kernel = call.Input(1);
  const int count = tf(TF_NumInputs)(context);
  TF_Tensor *offset = count > 2 ? call.Input(2) : nullptr, *factor = count > 3 ? call.Input(3) : nullptr;
  ComputeWith(&call, images, kernel, false, offset, factor, *static_cast<int64_t*>(relu) != 0);
}

void ComputeInputGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *gradient = call.Input(0), *kernel = call.Input(1);
  ComputeWith(&call, gradient, kernel, true, nullptr, nullptr, false);
}

// Images, or the results' gradient, and as many channels as that axis of the kernel has.
template <int axis>
void ShapeOfResults(TF_ShapeInferenceContext* context, TF_Status* status) {
  JoinedShape(context, status).Axes(0, 0, 3).Axes(1, axis, axis + 1).SetOutput();
}

}  // namespace
}  // namespace winograd

void RegisterWinogradOperations() {
  Register({"CamtuneWinograd",
            {"x: float", "w: float", "numbers: N * float"},
            {"y: float"},
            {"relu: int", "N: int >= 0"},
            winograd::ShapeOfResults<3>,
            winograd::Create,
            winograd::Compute,
            Destroy<int64_t>});
  Register({"CamtuneWinogradInputGrad",
            {"dy: float", "w: float"},
            {"dx: float"},
            {},
            winograd::ShapeOfResults<2>,
            nullptr,
            winograd::ComputeInputGrad,
            nullptr});
}
