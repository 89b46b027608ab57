#include "net/client_thread.h"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <semaphore>
#include <thread>

#include "base/not_written.h"
#include "net/messages.h"

namespace strata::net {

class ClientThread::Parts {
 public:
  explicit Parts(ClientOptions options)
      : client_(std::make_unique<Client>(io_, std::move(options))), thread_([this] { run(); }) {}
  ~Parts() {
    asio::post(io_, [this] {
      client_.reset();
      work_.reset();
    });
  }

  template <class Do>
  void post(Do action) {
    asio::post(io_, [this, action = std::move(action)]() mutable { action(*client_); });
  }

 private:
  // The exception of a task that is not written yet reaches the caller that waits for an answer.
  // Any other ends the program: it may have come before a call was noted, and its caller would wait
  // for ever.
  void run() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const NotWritten& task) {
        client_->close(task.what());
      }
    }
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::unique_ptr<Client> client_;  // used by the thread only
  std::jthread thread_;             // last member: it uses all others
};

ClientThread::ClientThread(ClientOptions options)
    : parts_(std::make_unique<Parts>(std::move(options))) {}
ClientThread::~ClientThread() = default;

void ClientThread::call(Request request, Reply reply) {
  parts_->post([request = std::move(request), reply = std::move(reply)](Client& client) mutable {
    client.call(std::move(request), std::move(reply));
  });
}

void ClientThread::close(std::string why) {
  parts_->post([why = std::move(why)](Client& client) { client.close(why); });
}

Response ClientThread::ask(Request request) {
  std::binary_semaphore answered{0};
  Response response;
  call(std::move(request), [&](Response answer) {
    response = std::move(answer);
    answered.release();
  });
  answered.acquire();
  return response;
}

}  // namespace strata::net
