// One connection of a server: moves bytes between its socket and a ServerProtocol, which decides
// what happens; and brings the answers that other threads make to its own thread. Private to the
// server.
//
// Thread-safety: a session belongs to one network thread; only Reply objects (PendingAnswer) may be
// called from others.
// Lifetime: alive while it is open, the system works for it, or one of its requests is in flight.
#pragma once

#include <array>
#include <atomic>
#include <exception>

#include "net/session_account.h"

namespace strata::net {

using env::TimePoint;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, SessionHost& host, SessionThread& thread, std::uint64_t number);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Begins to serve the connection, until it ends. The session must be in thread.sessions; it
  // leaves it when it ends.
  void begin();

  // Ends the connection if something takes too long, or an answer was lost; goes on if it could
  // not. To be called from time to time.
  void tick(TimePoint now);

  // As the functions of ServerProtocol.
  std::size_t held_for_peer() const { return protocol_.held_for_peer(); }
  bool is_stranger() const { return protocol_.is_stranger(); }
  void evict();
  void make_way();
  void stop();
  // Ends the connection now.
  void close();

  // Takes what has arrived at the thread, and sends it.
  static void take_arrived(SessionThread& thread, TimePoint now);

 private:
  class PendingAnswer;

  template <class Step>
  void run(TimePoint now, Step step);
  void serve(TimePoint now);
  void go_on(TimePoint now);
  void hand_over(const Handed& request);
  bool flushes_later();
  void receive();
  void take_received(std::size_t first, TimePoint now);
  void flush(TimePoint now);
  void flush_when_writable();
  void fail(const std::exception& thrown, TimePoint now) noexcept;

  void answer(const Handed& request, Response&& response);
  static void arrive(std::shared_ptr<Session>& session, const Handed& request,
                     Response&& response);  // from other threads
  void take(const Arrived& one, TimePoint now);

  void look_at(const Handed& request, Response& response, TimePoint now) const;
  void log_slow(const Handed& request, const Response& response, TimePoint now) const;
  void log_complaint();
  ServerProtocol::Watch watch();

  const LiveSessions::Membership membership_;  // first member, so it is destroyed last
  Socket socket_;
  SessionHost& host_;
  SessionThread& thread_;
  Peer peer_;

  ServerProtocol protocol_;
  SessionAccount account_;
  // The first bytes of a read. An idle connection needs no other buffer: if a read brings more, the
  // rest goes into the buffer of the thread.
  std::array<char, 512> first_;
  bool receiving_ = false;     // waiting for bytes
  bool sending_ = false;       // waiting until the system takes more bytes
  bool handing_over_ = false;  // answers are collected, and sent together afterwards
  bool has_taken_ = false;     // answers that are not sent yet
  bool shut_ = false;          // the sending direction is

  std::atomic<bool> lost_{false};  // an answer was lost, because memory ran out
};

}  // namespace strata::net
