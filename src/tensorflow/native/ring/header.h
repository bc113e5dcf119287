// Stands before the numbers of every call of the ring: ranks that do different things must not add them up.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

enum RingKind : uint32_t { kSum, kMean, kBroadcast };

struct RingHeader {
  uint32_t magic = 0x676e6972;
  uint32_t kind = 0;
  // Bytes of a number on the wire.
  uint32_t width = 0;
  uint32_t key = 0;
  // Numbers.
  uint64_t count = 0;
  // How many calls there were before.
  uint64_t place = 0;
};

inline bool operator==(const RingHeader& a, const RingHeader& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// In words, behind the name of a rank.
inline std::string Told(const RingHeader& header) {
  if (header.magic != RingHeader().magic || header.kind > kBroadcast) return "sends no numbers";
  static const char* const kinds[] = {"sums", "averages", "broadcasts"};
  return std::string(kinds[header.kind]) + " " + std::to_string(header.count) + " numbers of " +
         std::to_string(header.width) + " bytes (key " + std::to_string(header.key) + ", call " +
         std::to_string(header.place + 1) + ")";
}
