#include "shard/key_count.h"

#include <chrono>
#include <utility>
#include <vector>

#include "net/messages.h"
#include "shard/kinds.h"
#include "shard/part_messages.h"

namespace strata::shard {
namespace {

using net::Response;
using net::proto::Error;

constexpr std::chrono::milliseconds kPause{5};  // while keys change hands

// Alive as long as a part of it is under way.
class Counting : public std::enable_shared_from_this<Counting> {
 public:
  Counting(std::shared_ptr<const MapView> view, env::Executor& executor, Send send,
           env::TimePoint deadline, std::move_only_function<void(Result<std::uint64_t>)> counted)
      : view_(std::move(view)),
        executor_(executor),
        send_(std::move(send)),
        deadline_(deadline),
        counted_(std::move(counted)) {
    for (MapView::Part& part : view_->parts()) parts_.push_back({.of = std::move(part)});
    missing_ = parts_.size();
  }

  void start() {
    for (std::size_t part = 0; part < parts_.size(); ++part) ask(part);
  }

 private:
  struct Part {
    MapView::Part of;
    std::size_t tried = 0;
    env::Timer pause = {};
  };

  void ask(std::size_t index) {
    Part& part = parts_[index];
    const ServerId server = part.of.candidates[part.tried++ % part.of.candidates.size()];
    proto::CountKeys message;
    add_points(part.of.points, message);
    net::Request request = net::extend(kCountKeys, message);
    request.set_addressee(server.value());
    send_(*view_->map.find(server), std::move(request), deadline_,
          [self = shared_from_this(), index](Response response) mutable {
            env::Executor& executor = self->executor_;
            executor.post([self = std::move(self), index, response = std::move(response)] {
              self->answered(index, response);
            });
          });
  }

  void answered(std::size_t index, const Response& response) {
    if (!counted_) return;  // another part has failed
    proto::KeyCount count;
    if (response.error().code() == Error::WRONG_SHARD) return refused(index);
    if (response.has_error()) return end(net::error_from(response.error()));
    if (!net::unpack(response, count)) return end(unavailable("a server has answered nonsense"));
    keys_ += count.keys();
    if (--missing_ == 0) end(keys_);
  }

  void refused(std::size_t index) {
    Part& part = parts_[index];
    if (part.tried % part.of.candidates.size() != 0) return ask(index);
    const env::TimePoint again = executor_.now() + kPause;
    if (again >= deadline_)
      return end(unavailable("keys change hands, and did not come to rest in time"));
    part.pause = executor_.at(again, [self = shared_from_this(), index] { self->ask(index); });
  }

  void end(Result<std::uint64_t> result) { std::exchange(counted_, nullptr)(std::move(result)); }

  const std::shared_ptr<const MapView> view_;
  env::Executor& executor_;
  const Send send_;
  const env::TimePoint deadline_;
  std::move_only_function<void(Result<std::uint64_t>)> counted_;
  std::vector<Part> parts_;
  std::size_t missing_ = 0;  // parts
  std::uint64_t keys_ = 0;
};

}  // namespace

void count_keys(std::shared_ptr<const MapView> view, env::Executor& executor, Send send,
                env::TimePoint deadline,
                std::move_only_function<void(Result<std::uint64_t>)> counted) {
  std::make_shared<Counting>(std::move(view), executor, std::move(send), deadline,
                             std::move(counted))
      ->start();
}

}  // namespace strata::shard
