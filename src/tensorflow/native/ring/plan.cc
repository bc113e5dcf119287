#include "plan.h"

static constexpr int64_t kAlign = 64;

Plan ReductionPlan(int rank, int size, int64_t bytes) {
  const auto block = [=](int index, Step step) {
    const int64_t at = ((index % size) + size) % size;
    const auto edge = [=](int64_t i) { return i == size ? bytes : bytes / size * i / kAlign * kAlign; };
    return Block{edge(at), edge(at + 1), step};
  };
  Plan plan;
  for (int step = 0; step < size - 1; ++step) {
    plan.out.push_back(block(rank - step, step == 0 ? Step::kAdd : Step::kTake));
    plan.in.push_back(block(rank - step - 1, step == size - 2 ? Step::kFinish : Step::kAdd));
  }
  for (int step = 0; step < size - 1; ++step) {
    plan.out.push_back(block(rank + 1 - step, Step::kTake));
    plan.in.push_back(block(rank - step, Step::kTake));
  }
  plan.ahead = plan.out[0].end - plan.out[0].begin;
  return plan;
}

Plan BroadcastPlan(int rank, int size, int64_t bytes) {
  Plan plan;
  const bool first = rank == 0, last = rank == size - 1;
  if (!last) plan.out.push_back({0, bytes, first ? Step::kAdd : Step::kTake});
  if (!first) plan.in.push_back({0, bytes, Step::kTake});
  plan.ahead = first ? bytes : 0;
  return plan;
}
