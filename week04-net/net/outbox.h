// Frames on their way to a socket: what the system has not taken yet. Private to the two ends of a
// connection.
//
// Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/listener.h"

namespace google::protobuf {
class MessageLite;
}

namespace strata::net {

class Outbox {
 public:
  enum class Flushed {
    kAll,     // nothing is left
    kFull,    // the system takes no more; to be tried again when the socket can be written to
    kBroken,  // the connection is
  };

  void add(const google::protobuf::MessageLite& message);
  void add(std::string_view frames) { bytes_ += frames; }

  // Forgets what has not been sent, and gives its memory back.
  void clear() {
    std::string().swap(bytes_);
    sent_ = 0;
  }

  std::size_t size() const { return bytes_.size() - sent_; }
  bool empty() const { return size() == 0; }
  // What was added since size() was `before`.
  std::string_view since(std::size_t before) const {
    return std::string_view(bytes_).substr(sent_ + before);
  }
  // How many bytes the system has taken, ever; and how many that will be once all is sent.
  std::uint64_t taken() const { return taken_; }
  std::uint64_t queued() const { return taken_ + size(); }

  // Gives the system what it takes, without waiting.
  Flushed flush(Socket& socket);

 private:
  void take(std::size_t size);

  std::string bytes_;  // those before sent_ are the system's
  std::size_t sent_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace strata::net
