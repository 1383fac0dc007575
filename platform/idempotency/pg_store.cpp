#include "platform/idempotency/pg_store.hpp"

#include <boost/describe.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "platform/idempotency/queries.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::idempotency {
namespace {

struct KeyRow {
  bool claimed = false;
  std::optional<std::span<const std::byte>> body_sha256;
  std::optional<std::int32_t> status;
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> headers;
  std::optional<std::span<const std::byte>> body;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (), (claimed, body_sha256, status, content_type, headers, body))

postgres::BytesView bytes_of(std::string_view text) {
  return {std::as_bytes(std::span(text.data(), text.size()))};
}

std::string text_of(const std::optional<std::span<const std::byte>>& bytes) {
  return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : std::string();
}

/// 64 hex digits → 32 bytes.
std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return bytes;
}

/// The ETag travels among the headers under its own name.
std::string headers_to_json(const http::StoredResponse& answer) {
  boost::json::array list;
  for (const auto& [name, value] : answer.headers)
    list.push_back(boost::json::array{name, value});
  if (!answer.etag.empty())
    list.push_back(boost::json::array{"ETag", answer.etag});
  return boost::json::serialize(list);
}

http::StoredResponse to_response(const KeyRow& row) {
  http::StoredResponse answer{
      row.status.value_or(200), std::string(row.content_type.value_or("application/json")), text_of(row.body), {}, {}};
  const boost::json::value stored = boost::json::parse(row.headers.value_or("[]"));
  for (const auto& item : stored.as_array()) {
    std::string name(item.at(0).as_string()), value(item.at(1).as_string());
    if (name == "ETag") {
      answer.etag = std::move(value);
    } else {
      answer.headers.emplace_back(std::move(name), std::move(value));
    }
  }
  return answer;
}

Error in_flight() {
  Error error = fail(Errc::conflict, "A request with this Idempotency-Key is still running", "Idempotency-Key");
  error.retry_after_s = 1;
  return error;
}

}  // namespace

PgStore::Open PgStore::close(RequestContext& context) {
  const auto found = open_.find(&context);
  Open open = std::move(found->second);
  open_.erase(found);
  context.transaction = nullptr;
  return open;
}

Task<Result<std::optional<http::StoredResponse>>> PgStore::begin(RequestContext& context,
                                                                 http::IdempotencyRequest request) {
  auto transaction = co_await db_.begin_transaction(context);
  if (!transaction)
    co_return transaction.error();
  context.transaction = transaction->get();
  open_.insert_or_assign(&context, Open{std::move(*transaction), request});
  const auto end = [this](RequestContext& ended) { return abandon(ended); };
  auto key = co_await db_.write_one<KeyRow>(context, sql::claim_key, context.identity.user_id, request.key);
  if (!key) {
    co_await end(context);
    co_return key.error();
  }
  const KeyRow& row = **key;
  if (row.status) {
    if (text_of(row.body_sha256) != from_hex(request.fingerprint)) {
      co_await end(context);
      co_return fail(Errc::invalid_argument, "This Idempotency-Key was used for another request", "Idempotency-Key");
    }
    std::optional<http::StoredResponse> replay = to_response(row);
    const auto ended = co_await end_replay(context);
    if (!ended)
      co_return ended.error();
    co_return replay;
  }
  if (!row.claimed) {
    co_await end(context);
    co_return in_flight();
  }
  const auto marked = co_await db_.write(context, sql::mark_effect);
  if (!marked) {
    co_await end(context);
    co_return marked.error();
  }
  co_return std::optional<http::StoredResponse>();
}

Task<Result<void>> PgStore::finish(RequestContext& context, http::StoredResponse answer) {
  Result<std::uint64_t> done = std::uint64_t{0};
  if (answer.status >= 400)
    done = co_await db_.write(context, sql::undo_effect);
  if (done) {
    const auto& request = open_.at(&context).request;
    const std::string body_sha256 = from_hex(request.fingerprint);
    RawJson headers{headers_to_json(answer)};  // named: g++ 12 frees temporaries inside co_await twice
    done = co_await db_.write(context, sql::store_answer, context.identity.user_id, request.key, request.route,
                              bytes_of(body_sha256), static_cast<std::int32_t>(answer.status), answer.content_type,
                              std::move(headers), bytes_of(answer.body));
    // Somebody with the same key was faster, between our snapshot and our lock: their effect stands, ours goes.
    if (done && *done == 0)
      done = in_flight();
  }
  Open open = close(context);
  if (!done) {
    co_await open.transaction->rollback();
    co_return done.error();
  }
  co_return co_await open.transaction->commit();
}

Task<Result<void>> PgStore::end_replay(RequestContext& context) {
  Open open = close(context);
  // What the effect wrote is not known here. Without a statement that writes, the stamp counts for all tables.
  std::erase(context.executed, &sql::claim_key);
  co_return co_await open.transaction->commit();
}

Task<void> PgStore::abandon(RequestContext& context) {
  Open open = close(context);
  co_await open.transaction->rollback();
}

}  // namespace salesflow::idempotency
