// Takes any bytes as a request to a served store: each request gets one answer, with its id.
#include <semaphore>

#include "base/assert.h"
#include "net/messages.h"
#include "net/store_service.h"
#include "store/memory_store.h"

namespace net = strata::net;
namespace proto = net::proto;

namespace {

struct Served {
  strata::MemoryStore store;
  std::unique_ptr<net::StoreService> service = *net::StoreService::open(store, {.readers = 1});
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Served served;
  net::Request request;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!net::parse(bytes, request) || request.body_case() == net::Request::BODY_NOT_SET) return 0;
  const proto::Write& write = request.write();
  // If the parts were counted (groups are refused), parsing finds no more parts than were counted.
  if (const auto outline = net::outline_of(bytes)) {
    STRATA_ASSERT(outline->id == request.id());
    STRATA_ASSERT(outline->parts >=
                  static_cast<std::size_t>(write.operations_size() + write.conditions_size()));
  }
  std::counting_semaphore<2> answers{0};
  net::Response response;
  served.service->handle(request, {}, [&](net::Response answer) {
    response = std::move(answer);
    answers.release();
  });
  answers.acquire();
  STRATA_ASSERT(response.id() == request.id());
  STRATA_ASSERT(response.result_case() != net::Response::RESULT_NOT_SET);
  if (response.has_page() && response.page().cursor() != 0) {  // so that no scan stays open
    net::Request cancel;
    cancel.mutable_scan_cancel()->set_cursor(response.page().cursor());
    served.service->handle(cancel, {}, [&](net::Response) { answers.release(); });
    answers.acquire();
  }
  return 0;
}
