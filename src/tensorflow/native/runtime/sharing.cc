// What a process shares with others: a runtime that is a part of a cluster of TensorFlow's, or a place in our ring.

#include <linux/filter.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "../ring/ring.h"
#include "engine.h"
#include "javascript.h"

namespace {

// What the next context of this thread shares with other processes: a ServerDef, serialized; nothing where it is empty.
struct SharedRuntime {
  std::string definition;
  bool loopback_only = false;
  // How that went: why it failed, and how many listening sockets take packets from this machine alone.
  std::string problem;
  int guarded = 0;
};

thread_local SharedRuntime shared_runtime;

// A process takes part in collective operations by one context at most. Other threads may abort these.
std::atomic<TFE_Context*> collective_context{nullptr};

// TensorFlow listens on every interface, whatever address it is given. This makes a socket drop, unanswered, all packets
// that do not come from a loopback address; connections inherit it.
bool LoopbackOnly(int socket) {
  const auto at = [](int offset) { return static_cast<__u32>(SKF_NET_OFF + offset); };
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at(0)),               // version
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),                  //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 2),            //
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at(12)),              // IPv4: source
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 127, 8, 9),          //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(8)),               // IPv6: source
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),            //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(12)),              //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),            //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(16)),              //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),            //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(20)),              //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),            //
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),                   // take
      BPF_STMT(BPF_RET | BPF_K, 0),                            // drop
  };
  const sock_fprog filter{sizeof(program) / sizeof(program[0]), program};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

std::vector<int> ListeningSockets() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 16));
  std::vector<int> out;
  for (int descriptor = 0; descriptor < end; ++descriptor) {
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens) out.push_back(descriptor);
  }
  return out;
}

void ShareRuntime(TFE_Context* context) {
  SharedRuntime& shared = shared_runtime;
  const std::string definition = std::move(shared.definition);
  shared.definition.clear();
  TFE_Context* none = nullptr;
  if (!collective_context.compare_exchange_strong(none, context)) {
    shared.problem = "this process shares a runtime already";
    return;
  }
  const auto before = shared.loopback_only ? ListeningSockets() : std::vector<int>();
  TF_Status* status = tf(TF_NewStatus)();
  tf(TFE_EnableCollectiveOps)(context, definition.data(), definition.size(), status);
  if (tf(TF_GetCode)(status) != TF_OK) shared.problem = tf(TF_Message)(status);
  tf(TF_DeleteStatus)(status);
  if (!shared.loopback_only) return;
  for (int socket : ListeningSockets()) {
    if (std::find(before.begin(), before.end(), socket) == before.end() && LoopbackOnly(socket)) ++shared.guarded;
  }
}

// (ServerDef, serialized; loopback only: boolean): the next context of this thread becomes a part of a cluster
napi_value ShareNextRuntime(napi_env env, const Arguments& args) {
  void* data;
  size_t length;
  Check(napi_get_buffer_info(env, args.at(0), &data, &length), "buffer expected");
  shared_runtime = {std::string(static_cast<char*>(data), length), Bool(env, args.at(1)), "", 0};
  return JsUndefined(env);
}

// () -> how many listening sockets of the runtime take packets from this machine alone; throws what went wrong
napi_value GuardedSockets(napi_env env, const Arguments&) {
  if (!shared_runtime.problem.empty()) throw std::runtime_error(shared_runtime.problem);
  return JsInt(env, shared_runtime.guarded);
}

// (rank, names: string[], descriptors of the sockets to the next rank and from the previous one)
napi_value JoinRingOfRanks(napi_env env, const Arguments& args) {
  RingPlace place{static_cast<int>(Int(env, args.at(0))), {}, static_cast<int>(Int(env, args.at(2))),
                  static_cast<int>(Int(env, args.at(3)))};
  for (napi_value name : Items(env, args.at(1))) place.names.push_back(String(env, name));
  JoinRing(place);
  return JsUndefined(env);
}

// ()
napi_value LeaveRingOfRanks(napi_env env, const Arguments&) {
  LeaveRing();
  return JsUndefined(env);
}

// () -> how often a call of the ring has begun or ended, from any thread: odd while one runs
napi_value TurnsOfRing(napi_env env, const Arguments&) { return JsInt(env, RingTurns()); }

// (reason): from any thread, makes all collective operations of this process fail with that reason, now and later
napi_value AbortCollectives(napi_env env, const Arguments& args) {
  const std::string reason = String(env, args.at(0));
  AbortRing(reason);
  TFE_Context* context = collective_context;
  if (!context) return JsUndefined(env);
  Status status;
  tf(TF_SetStatus)(status.raw, TF_UNAVAILABLE, reason.c_str());
  tf(TFE_AbortCollectiveOps)(context, status.raw);
  return JsUndefined(env);
}

}  // namespace

void ShareIfAsked(TFE_Context* context) {
  if (context && !shared_runtime.definition.empty()) ShareRuntime(context);
}

void ExportSharing(napi_env env, napi_value exports) {
  Export<ShareNextRuntime>(env, exports, "shareNextRuntime");
  Export<GuardedSockets>(env, exports, "guardedSockets");
  Export<JoinRingOfRanks>(env, exports, "joinRing");
  Export<LeaveRingOfRanks>(env, exports, "leaveRing");
  Export<TurnsOfRing>(env, exports, "ringTurns");
  Export<AbortCollectives>(env, exports, "abortCollectives");
}
