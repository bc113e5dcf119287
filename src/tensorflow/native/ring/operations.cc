// Sums over ranks, and copies of the tensors of rank 0, as operations of TensorFlow.

#include "../cpu/cpu-kernel.h"
#include "../cpu/numbers.h"
#include "current.h"

namespace {

struct Attributes {
  int64_t key = 0, mean = 0, low = 0;
  float timeout = 0;
};

void* CreateReduce(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes();
  ReadAttributes(construction, {{"key", &attributes->key}, {"mean", &attributes->mean}, {"low", &attributes->low}});
  ReadAttribute(construction, "timeout", &attributes->timeout);
  return attributes;
}

void* CreateBroadcast(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes();
  ReadAttributes(construction, {{"key", &attributes->key}});
  ReadAttribute(construction, "timeout", &attributes->timeout);
  return attributes;
}

// The tensors of a call, each made where it was given, where nobody else needs that.
bool RowOf(Call& call, TF_OpKernelContext* context, Row* row) {
  const int count = tf(TF_NumInputs)(context);
  for (int i = 0; i < count; ++i) {
    const Call::Made made = call.OutputInPlace(i);
    if (call.Failed()) return false;
    row->Add(made.given, made.made, made.bytes);
  }
  return true;
}

std::shared_ptr<Ring> RingOf(Call& call) {
  std::shared_ptr<Ring> ring = CurrentRing();
  if (!ring) call.Refuse((kRing + "this process is in none").c_str(), TF_UNAVAILABLE);
  return ring;
}

template <typename Wire>
void Run(Call& call, Ring& ring, const RingCall& exchange) {
  try {
    ring.Run<Wire>(exchange);
  } catch (const std::exception& error) {
    call.Refuse(error.what(), TF_UNAVAILABLE);
  }
}

void ComputeReduce(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const auto& [key, mean, low, timeout] = *static_cast<Attributes*>(state);
  const std::shared_ptr<Ring> ring = RingOf(call);
  if (!ring) return;
  Row row;
  if (!RowOf(call, context, &row)) return;
  RingHeader header;
  header.kind = mean ? kMean : kSum;
  header.width = low ? 2 : 4;
  header.key = static_cast<uint32_t>(key);
  header.count = static_cast<uint64_t>(row.bytes()) / sizeof(float);
  const Plan plan = ReductionPlan(ring->rank(), ring->size(), row.bytes());
  const RingCall exchange{plan, row, header, mean ? static_cast<float>(ring->size()) : 1.0f, timeout};
  if (low) Run<Bfloat16>(call, *ring, exchange);
  else Run<float>(call, *ring, exchange);
}

void ComputeBroadcast(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const auto* attributes = static_cast<Attributes*>(state);
  const std::shared_ptr<Ring> ring = RingOf(call);
  if (!ring) return;
  const Call::Made x = call.OutputInPlace(0);
  if (call.Failed()) return;
  if (x.width == 0) return call.Refuse("ring of ranks: tensors of numbers expected");
  if (ring->rank() == 0 && x.made != x.given && x.bytes > 0) std::memcpy(x.made, x.given, x.bytes);
  Row row;
  row.Add(x.given, x.made, x.bytes);
  RingHeader header;
  header.kind = kBroadcast;
  header.width = static_cast<uint32_t>(x.width);
  header.key = static_cast<uint32_t>(attributes->key);
  header.count = static_cast<uint64_t>(x.bytes) / x.width;
  const Plan plan = BroadcastPlan(ring->rank(), ring->size(), x.bytes);
  Run<float>(call, *ring, {plan, row, header, 1, attributes->timeout});
}

void ShapesAsGiven(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = tf(TF_NewShapeHandle)();
  const int64_t count = tf(TF_ShapeInferenceContextNumInputs)(context);
  for (int i = 0; i < count && tf(TF_GetCode)(status) == TF_OK; ++i) {
    tf(TF_ShapeInferenceContextGetInput)(context, i, shape, status);
    tf(TF_ShapeInferenceContextSetOutput)(context, i, shape, status);
  }
  tf(TF_DeleteShapeHandle)(shape);
}

}  // namespace

void RegisterRingOperations() {
  Operation reduce{"CamtuneRingReduce",
                   {"xs: N * float"},
                   {"ys: N * float"},
                   {"N: int >= 1", "key: int", "mean: int", "low: int", "timeout: float"},
                   ShapesAsGiven,
                   CreateReduce,
                   ComputeReduce,
                   Destroy<Attributes>};
  Operation broadcast{"CamtuneRingBroadcast",
                      {"x: T"},
                      {"y: T"},
                      {"T: type", "key: int", "timeout: float"},
                      ShapesAsGiven,
                      CreateBroadcast,
                      ComputeBroadcast,
                      Destroy<Attributes>};
  // TensorFlow must neither compute them while it optimizes a graph, nor take two that are alike for one.
  reduce.stateful = broadcast.stateful = true;
  Register(reduce);
  Register(broadcast);
}
