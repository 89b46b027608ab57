// What the two ends of a move say to each other.
//
// A move brings all keys of some points from one server, the source, to another one, the target,
// while clients read and write them. The target asks, and the source answers:
//
//   target                           source
//   erases what it may have of them
//   BEGIN        ------------------> notes from now on which keys change
//   COPY, often  ------------------> the keys, some at a time, as they are then
//   CHANGES      ------------------> those that have changed since, as they are then
//   FENCE        ------------------> serves these keys no more: synced before it answers
//   CHANGES      ------------------> the last ones
//   takes the keys: syncs the last changes
//     and its record in one batch
//   RELEASE      ------------------> deletes them
//
// The keys change hands where the target takes them.
//
// Both ends keep a record in their stores, and either may crash between any two lines. What the
// target has from the source is worth nothing unless the source noted every change since. So an
// attempt is over when the source has crashed, or has forgotten changes for lack of room: the
// target erases, and begins the next attempt. The source lifts a fence only for a later attempt
// than the one it was fenced for; and before a target begins one, its record says that it will
// never take by an earlier one. So at no moment both serve these keys.
//
// Requests are numbered by nothing: each can be done twice. Only one is under way at a time.
//
// Thread-safety: plain data.
#pragma once

#include <cstdint>
#include <string>

namespace strata::shard {

enum class Ask : std::uint8_t { kBegin = 1, kCopy, kChanges, kFence, kRelease };

struct MoveRequest {
  Ask kind = Ask::kBegin;
  std::uint64_t attempt = 0;
  std::uint64_t life = 0;          // of the source, as it answered kBegin
  std::string after_key = {};      // kCopy
  std::uint64_t after_number = 0;  // kChanges

  friend bool operator==(const MoveRequest&, const MoveRequest&) = default;
};

enum class Outcome : std::uint8_t {
  kDone = 1,
  kLost,   // this attempt is over
  kLater,  // ask again
};

// An answer, without the entries.
struct MoveReply {
  Outcome outcome = Outcome::kLater;
  std::uint64_t life = 0;     // kBegin
  std::string last_key = {};  // kCopy: go on behind it
  bool end = false;           // kCopy and kChanges: there is no more, as of now
  std::uint64_t number = 0;   // kChanges: up to this one

  friend bool operator==(const MoveReply&, const MoveReply&) = default;
};

// How far an end is, as its record says. The numbers are on disk.
enum class SourceStage : std::uint32_t {
  kServing = 0,   // no record
  kFenced = 1,    // it serves the keys no more
  kReleased = 2,  // the target has them
};
enum class TargetStage : std::uint32_t {
  kErasing = 0,   // also without a record
  kCopying = 1,   // up to after_key
  kCatching = 2,  // up to number
  kTaken = 3,     // it serves the keys
  kDone = 4,      // ... and the source knows
};

struct SourceRecord {
  SourceStage stage = SourceStage::kServing;
  std::uint64_t attempt = 0;

  friend bool operator==(const SourceRecord&, const SourceRecord&) = default;
};

struct TargetRecord {
  TargetStage stage = TargetStage::kErasing;
  std::uint64_t attempt = 0;
  std::uint64_t life = 0;
  std::string after_key = {};
  std::uint64_t number = 0;

  friend bool operator==(const TargetRecord&, const TargetRecord&) = default;
};

}  // namespace strata::shard
