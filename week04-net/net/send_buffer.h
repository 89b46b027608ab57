// Frames on their way to a connection: the bytes that the system has not taken yet. Private to the
// two ends of a connection.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace google::protobuf {
class MessageLite;
}

namespace strata::net {

class SendBuffer {
 public:
  void add(const google::protobuf::MessageLite& message);
  void add(std::string_view frames) { bytes_ += frames; }

  // The bytes to send next. The view is valid until the next call that changes the buffer.
  std::string_view unsent() const { return std::string_view(bytes_).substr(sent_); }
  // The system has taken the first `size` bytes of unsent().
  void take(std::size_t size);

  // Forgets the bytes that were not sent, and frees their memory.
  void clear() {
    std::string().swap(bytes_);
    sent_ = 0;
  }

  std::size_t size() const { return bytes_.size() - sent_; }
  bool empty() const { return size() == 0; }
  // The bytes that were added since size() was `before`.
  std::string_view since(std::size_t before) const { return unsent().substr(before); }
  // How many bytes the system has taken since the start; and how many it will have when all are
  // sent.
  std::uint64_t taken() const { return taken_; }
  std::uint64_t queued() const { return taken_ + size(); }

  // The memory that it takes is 64 KiB, or about as much as is left to send.
  void check_invariants() const;

 private:
  std::string bytes_;  // the system has taken those before sent_
  std::size_t sent_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace strata::net
