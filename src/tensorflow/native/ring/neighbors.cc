#include "neighbors.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace {

int Copied(int socket) {
  const int own = fcntl(socket, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return -1;
  const int on = 1;
  setsockopt(own, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int flags = fcntl(own, F_GETFL);
  return flags >= 0 && fcntl(own, F_SETFL, flags | O_NONBLOCK) == 0 ? own : -1;
}

std::string Because(ssize_t result) {
  return result == 0 || errno == EPIPE || errno == ECONNRESET ? "" : std::string(" (") + std::strerror(errno) + ")";
}

double Now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

Neighbors::Neighbors(const RingPlace& place) : rank_(place.rank), names_(place.names) {
  next_ = Copied(place.next);
  previous_ = Copied(place.previous);
  if (next_ < 0 || previous_ < 0) {
    Close();
    throw std::runtime_error(kRing + "connected sockets expected");
  }
}

int64_t Neighbors::Receive(iovec* vectors, int count) const {
  const ssize_t result = readv(previous_, vectors, count);
  if (result > 0) return result;
  if (result < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  Check();
  throw std::runtime_error(kRing + previous() + " has closed its connection" + Because(result));
}

int64_t Neighbors::Send(iovec* vectors, int count) const {
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  const ssize_t result = sendmsg(next_, &message, MSG_NOSIGNAL);
  if (result >= 0) return result;
  if (errno == EAGAIN || errno == EINTR) return 0;
  Check();
  throw std::runtime_error(kRing + next() + " has closed its connection" + Because(result));
}

double Neighbors::Wait(bool receives, bool sends) const {
  pollfd sockets[2];
  int count = 0;
  if (receives) sockets[count++] = {previous_, POLLIN, 0};
  if (sends) sockets[count++] = {next_, POLLOUT, 0};
  const double before = Now();
  poll(sockets, count, 1000);
  Check();
  return std::min(2.0, Now() - before);
}

void Neighbors::Abort(const std::string& reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (reason_.empty()) reason_ = reason;
  aborted_ = true;
  shutdown(next_, SHUT_RDWR);
  shutdown(previous_, SHUT_RDWR);
}

void Neighbors::Check() const {
  if (aborted_) throw std::runtime_error(kRing + "it has been given up");
}

std::string Neighbors::Reason() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return reason_;
}

void Neighbors::Close() {
  for (int* socket : {&next_, &previous_}) {
    if (*socket >= 0) close(*socket);
    *socket = -1;
  }
}
