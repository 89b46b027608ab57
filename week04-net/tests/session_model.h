// What may happen on the server's side of a connection: what the peer may be told, and which
// requests may be handed over. It watches what a ServerProtocol does, and fails the test at the
// first thing that is wrong.
//
// What must be true: a request is handed over, or refused, or told by the last word that it was not
// done, and only one of these. Each request that was handed over gets one answer, as long as
// answers can be sent; if one is left over, the last word is UNKNOWN. Nothing is handed over, and
// nothing is sent, after the last word. No limit is passed, and nothing waits when there is room.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/messages.h"
#include "net/read_forecast.h"
#include "net/server_protocol.h"
#include "random_peer.h"

namespace strata::net {

class SessionModel {
 public:
  using Code = proto::Error::Code;
  using TimePoint = env::TimePoint;
  using milliseconds = std::chrono::milliseconds;

  // A request that was handed over and is not answered.
  struct Open {
    const Handed* handed;
    std::size_t bytes;
    Request request;
  };

  explicit SessionModel(const ServerProtocol::Settings& settings)
      : settings_(settings), peer_(settings.identity) {}

  RandomPeer& peer() { return peer_; }
  const std::map<std::uint64_t, Open>& open() const { return open_; }
  bool has_lost() const { return !lost_.empty(); }
  bool is_closed() const { return closed_; }

  // ---- What the owner of the protocol tells it

  void bytes_arrived(TimePoint now) {
    if (serving()) received_at_ = now;
    arrivals_.emplace_back(peer_.left(), now);
  }
  void peer_has_ended() {
    if (!greeted_) due_end_ = missing_;
    if (serving()) seen_to_end_ = true;
  }
  void stops() { stopping_ = true; }
  // For this reason the connection may end now.
  void may_end(Code reason) { due_end_ = reason; }
  void closed() {
    closed_ = true;
    unsent_.clear();
  }
  void system_took(std::size_t bytes, TimePoint now) {
    unsent_.erase(0, bytes);
    if (bytes > 0 && unsent_.empty()) emptied_at_ = now;
    blocked_at_ = unsent_.empty() ? std::nullopt : std::optional(now);
  }
  void requests_were_taken(std::size_t held, std::size_t others, TimePoint now) {
    // A pause is not over before something happens.
    if (std::exchange(paused_, over_limits(held, others)) || paused_) paused_at_ = now;
  }
  // Memory has run out: what was due is not done.
  void nothing_is_due() {
    due_hello_ = false;
    due_request_.reset();
    due_answer_.reset();
  }

  // The service answers a request with `response`. Returns what the peer must get. `arriving`:
  // bytes of other answers on their way to the connection.
  Response answers(std::uint64_t id, Response response, std::size_t held, std::size_t others,
                   std::size_t arriving) {
    response.set_id(id);
    const ServerLimits& limits = settings_.limits;
    const std::size_t size = response.ByteSizeLong();
    const bool fits =
        in_flight() + arriving + size <= limits.connection_bytes + limits.answer_bytes &&
        others + held + size <= limits.total_bytes + limits.answer_bytes;
    if (!fits && !response.has_error() && reads(open_.at(id).request))
      response = failed(id, response.has_page() ? proto::Error::UNKNOWN : proto::Error::UNAVAILABLE,
                        "no room");
    if (can_send()) due_answer_ = response;
    answering_ = true;
    return response;
  }
  // It did so, with so many bytes; 0: with an error.
  void answered(std::uint64_t id, std::size_t bytes) {
    EXPECT_FALSE(due_answer_.has_value()) << "an answer was not sent";
    answering_ = false;
    if (reads(open_.at(id).request)) bytes == 0 ? reads_.failed() : reads_.answered(bytes);
    open_.erase(id);
  }
  void lost(std::uint64_t id) {
    nothing_is_due();
    answering_ = false;
    lost_.insert(open_.extract(id));
  }

  // ---- What the protocol does

  // It has decoded a frame of the peer.
  void frame_is_taken(std::string_view bytes, std::size_t others) {
    EXPECT_TRUE(serving()) << "nothing is taken after the last word";
    EXPECT_FALSE(over_limits(in_flight(), others));
    EXPECT_FALSE(due_request_ || due_answer_ || due_hello_) << "the frame before it was forgotten";
    ASSERT_FALSE(peer_.frames().empty());
    RandomPeer::Frame frame = peer_.take();
    EXPECT_FALSE(frame.is_damaged);
    EXPECT_EQ(bytes, frame.bytes);
    EXPECT_LE(frame.ends_at(), peer_.left());
    if (frame.ends) {
      due_end_ = frame.ends;
    } else if (!greeted_) {
      due_hello_ = missing_ == proto::Error::INVALID_ARGUMENT;
      greeted_ = !due_hello_ || settings_.identity.secret.empty();
      missing_ = proto::Error::UNAUTHENTICATED;
    } else if (const auto refusal = refusal_of(*frame.request)) {
      due_answer_ = failed(frame.request->id(), *refusal, "");
      refused_.insert(frame.request->id());
    } else {
      due_bytes_ = bytes.size() - kFrameHeaderSize +
                   static_cast<std::size_t>(frame.request->write().operations_size()) * kPartMemory;
      due_request_ = std::move(frame.request);
    }
  }

  void is_handed_over(const Handed& handed, const Request& request) {
    ASSERT_TRUE(due_request_.has_value());
    const std::uint64_t id = due_request_->id();
    EXPECT_EQ(request.SerializeAsString(), due_request_->SerializeAsString());
    EXPECT_EQ(handed.id, id);
    EXPECT_FALSE(refused_.contains(id));
    EXPECT_FALSE(last_word_.has_value());
    EXPECT_EQ(handed.is_read, reads(request)) << handed.name;
    if (reads(request)) reads_.asked();
    const bool is_new = open_.try_emplace(id, &handed, due_bytes_, request).second;
    EXPECT_TRUE(is_new && !told_.contains(id)) << "handed over twice";
    due_request_.reset();
  }

  // It wants to send a frame.
  void is_queued(std::string_view frame) {
    unsent_ += frame;
    FrameDecoder decoder(frame.size());
    decoder.feed(frame);
    const std::string payload(decoder.next().value().value());
    EXPECT_EQ(frame.size(), kFrameHeaderSize + payload.size());
    EXPECT_TRUE(can_send()) << "nothing is sent after the last word";
    proto::ServerHello hello;
    Response response;
    if (std::exchange(due_hello_, false)) {
      EXPECT_TRUE(parse(payload, hello) && hello.has_welcome());
    } else {
      ASSERT_TRUE(parse(payload, response));
      response.id() == 0 ? last_word_is(response.error().code()) : answer_is(response);
    }
  }

  // ---- What must be true after each event

  void check(const ServerProtocol& protocol, std::size_t others, TimePoint now) {
    protocol.check_invariants();
    EXPECT_EQ(protocol.in_flight(), in_flight());
    EXPECT_EQ(protocol.to_send(), unsent_);
    const ServerLimits& limits = settings_.limits;
    constexpr std::size_t kSmall = 2'000;  // answers that are always sent, and a request's parts
    EXPECT_LE(in_flight(),
              limits.connection_bytes + limits.frame_bytes + limits.answer_bytes + kSmall);
    const std::size_t received = protocol.held() - in_flight();
    EXPECT_LE(received, 2 * limits.frame_bytes + RandomPeer::kAtOnce);
    if (closed_ || protocol.over()) return;
    if (serving()) {  // a few bytes of a frame need no memory
      EXPECT_GE(received + std::string().capacity(), unused()) << "received and not counted";
    }
    EXPECT_FALSE(due_request_ || due_answer_ || due_hello_);
    const bool said_all = last_word_ || (seen_to_end_ && owed() == 0);
    EXPECT_EQ(protocol.is_shut(), said_all && unsent_.empty());
    if (protocol.is_shut() && !shut_at_) shut_at_ = now;
    EXPECT_TRUE(last_word_ || !stopping_ || owed() > 0 || shut_at_) << "it does not end";
    const bool takes = serving() && !over_limits(protocol.held(), others);
    EXPECT_EQ(protocol.wants_bytes(others), takes || protocol.is_shut());
    if (takes && !peer_.frames().empty()) {
      EXPECT_GT(peer_.frames().front().ends_at(), peer_.left()) << "there is room, and it waits";
    }
    due_end_.reset();
  }

  // Whether something takes too long.
  bool time_is_over(TimePoint now) const {
    const ServerLimits& limits = settings_.limits;
    const auto over = [now](TimePoint since, milliseconds limit) { return now - since > limit; };
    if (shut_at_) return over(*shut_at_, kParting);
    if (!greeted_ && over(TimePoint(), limits.handshake)) return true;
    if (blocked_at_ && over(*blocked_at_, limits.send)) return true;
    const bool idle = greeted_ && owed() == 0 && unsent_.empty() && !paused_;
    if (idle && over(std::max({received_at_, paused_at_, emptied_at_}), limits.idle)) return true;
    if (!serving() || paused_ || peer_.frames().empty()) return false;
    const std::uint64_t begins_at = peer_.frames().front().begins_at;
    const auto began = std::ranges::find_if(
        arrivals_, [begins_at](const auto& arrival) { return arrival.first > begins_at; });
    return began != arrivals_.end() && over(std::max(began->second, paused_at_), limits.frame);
  }

 private:
  static constexpr std::size_t kAlwaysRoom = std::size_t{16} << 10;
  static constexpr milliseconds kParting{1000};

  // Whether the answer may be large, and may be dropped because nothing was changed.
  static bool reads(const Request& request) {
    switch (request.body_case()) {
      case Request::kGet:
      case Request::kScan:
      case Request::kScanNext:
        return true;
      case Request::kExtension:
        return kind_of(request) == RandomPeer::kLook.number;
      default:
        return false;
    }
  }

  bool can_send() const { return !last_word_ && !closed_; }
  bool serving() const { return can_send() && !seen_to_end_; }

  // Bytes that have arrived, of frames that were not taken.
  std::size_t unused() const {
    const auto& frames = peer_.frames();
    if (frames.empty() || frames.front().begins_at > peer_.left()) return 0;
    return peer_.left() - frames.front().begins_at;
  }
  // Requests without an answer.
  std::size_t owed() const {
    const bool just_answered = answering_ && !due_answer_;
    return open_.size() + lost_.size() - (just_answered ? 1 : 0);
  }
  std::size_t in_flight() const {
    std::size_t bytes = unsent_.size();
    for (const auto& [id, open] : open_) bytes += open.bytes;
    for (const auto& [id, open] : lost_) bytes += open.bytes;
    return bytes;
  }
  bool over_limits(std::size_t held, std::size_t others) const {
    const ServerLimits& limits = settings_.limits;
    return in_flight() + reads_.bytes() > limits.connection_bytes ||
           owed() >= limits.connection_requests ||
           (held > kAlwaysRoom && others + held > limits.total_bytes);
  }

  std::optional<Code> refusal_of(const Request& request) {
    if (request.body_case() == Request::BODY_NOT_SET) return proto::Error::UNSUPPORTED;
    if (stopping_) return proto::Error::UNAVAILABLE;
    if (!request.write().has_token()) return std::nullopt;
    const std::uint64_t client = request.write().token().client();
    if (clients_.contains(client)) return std::nullopt;
    if (clients_.size() == settings_.limits.clients) return proto::Error::UNAVAILABLE;
    clients_.insert(client);
    return std::nullopt;
  }

  void answer_is(const Response& response) {
    ASSERT_TRUE(due_answer_.has_value()) << "the service did not answer this";
    EXPECT_EQ(response.id(), due_answer_->id());
    EXPECT_EQ(response.error().code(), due_answer_->error().code());
    if (!response.has_error()) {
      EXPECT_EQ(response.SerializeAsString(), due_answer_->SerializeAsString());
    }
    EXPECT_TRUE(told_.insert(response.id()).second) << "answered twice";
    due_answer_.reset();
  }

  void last_word_is(Code code) {
    std::set<Code> reasons;
    if (due_end_) reasons.insert(*due_end_);
    if (stopping_ && owed() == 0) reasons.insert(proto::Error::UNAVAILABLE);
    const auto& frames = peer_.frames();
    if (!frames.empty() && frames.front().is_damaged &&
        frames.front().begins_at + kFrameHeaderSize <= peer_.left())
      reasons.insert(*frames.front().ends);
    EXPECT_FALSE(reasons.empty()) << "there is no reason to end";
    EXPECT_TRUE(owed() == 0 ? reasons.contains(code) : code == proto::Error::UNKNOWN) << code;
    last_word_ = code;
  }

  const ServerProtocol::Settings& settings_;
  RandomPeer peer_;
  bool stopping_ = false;
  bool closed_ = false;
  bool seen_to_end_ = false;                       // the peer sends nothing more
  bool greeted_ = false;                           // the handshake is over
  Code missing_ = proto::Error::INVALID_ARGUMENT;  // if a frame of the handshake is missing
  std::optional<Code> last_word_;

  std::map<std::uint64_t, Open> open_;  // by id
  std::map<std::uint64_t, Open> lost_;  // those that will never be answered
  std::set<std::uint64_t> refused_;
  std::set<std::uint64_t> told_;  // an answer, or that it was refused
  std::set<std::uint64_t> clients_;
  bool answering_ = false;  // the service is
  ReadForecast reads_;
  std::string unsent_;

  // What must follow from what has just happened.
  bool due_hello_ = false;
  std::optional<Request> due_request_;
  std::size_t due_bytes_ = 0;
  std::optional<Response> due_answer_;
  std::optional<Code> due_end_;  // what may follow

  std::vector<std::pair<std::uint64_t, TimePoint>>
      arrivals_;  // how many bytes were there, and when
  TimePoint received_at_;
  TimePoint emptied_at_;  // when the system had taken everything
  bool paused_ = false;
  TimePoint paused_at_;  // when the limits were reached last
  std::optional<TimePoint> blocked_at_;
  std::optional<TimePoint> shut_at_;
};

}  // namespace strata::net
