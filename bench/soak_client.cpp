#include "bench/soak_client.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::bench {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr auto request_patience = std::chrono::seconds(10);
constexpr auto pause_after_refusal = milliseconds(50);
constexpr int repeats_max = 600;  // with the pause: half a minute, much longer than any restart

/// The event in an answer {success, event}; nullopt when the body is something else.
std::optional<json::object> event_of(const std::string& body) {
  boost::system::error_code error;
  const json::value whole = json::parse(body, error);
  const json::value* event = error ? nullptr : whole.find_pointer("/event", error);
  if (event == nullptr || !event->is_object()) {
    return std::nullopt;
  }
  return event->as_object();
}

}  // namespace

SoakClient::SoakClient(int port, std::string token, std::string marker_prefix, SoakLedger& ledger, SoakCounts& counts)
    : http_(port, request_patience),
      token_(std::move(token)),
      marker_prefix_(std::move(marker_prefix)),
      ledger_(ledger),
      counts_(counts) {}

SoakClient::Attempt SoakClient::attempt(const HttpCall& call, std::string_view what) {
  try {
    HttpAnswer answer = http_.send(call);
    if (answer.status == 200) {
      return {Outcome::done, std::move(answer)};
    }
    // 409: the same key is still at work, or the outcome is not known.
    if (answer.status != 503 && answer.status != 504 && answer.status != 409) {
      ledger_.record_violation(fmt::format("{} answered {}", what, answer.status));
    } else if (answer.status == 503 && answer.header("Retry-After").empty()) {
      ledger_.record_violation(fmt::format("{} answered 503 without Retry-After", what));
    }
    counts_.refused++;
    std::this_thread::sleep_for(pause_after_refusal);
    return {Outcome::refused, std::move(answer)};
  } catch (const HttpFailure& failure) {
    // The service stays up whatever PostgreSQL does, so its connections must not break.
    ledger_.record_violation(fmt::format("{}: connection failed: {}", what, failure.what()));
    std::this_thread::sleep_for(pause_after_refusal);
    return {Outcome::broken, {}};
  }
}

void SoakClient::write_once() {
  const std::string marker = fmt::format("{} {}", marker_prefix_, ++number_);
  const bool with_key = number_ % 2 == 0;
  HttpCall call{"POST",
                create_path,
                {bearer(token_), {"Content-Type", "application/json"}},
                json::serialize(json::object{{"channel", "internal"}, {"direction", "inbound"}, {"text", marker}})};
  if (with_key) {
    call.headers.emplace_back("Idempotency-Key", Uuid::v7().to_string());
  }
  Attempt result = attempt(call, "create");
  for (int repeat = 0; with_key && result.outcome != Outcome::done && repeat < repeats_max; ++repeat) {
    counts_.repeats++;
    result = attempt(call, "create with key");
  }
  if (result.outcome != Outcome::done) {
    ledger_.record_create(marker, Promise::uncertain);
    return;
  }
  ledger_.record_create(marker, Promise::stored);
  const auto event = event_of(result.answer.body);
  if (!event || event->at("text") != json::value(marker)) {
    ledger_.record_violation("create answered something else than the event");
    return;
  }
  if (number_ % 3 == 0) {
    change_status(marker, event->at("id").as_string().c_str());
  }
}

void SoakClient::change_status(const std::string& marker, const std::string& event_id) {
  const std::string status = number_ % 2 == 0 ? "approved" : "skipped";
  const Attempt result = attempt({"PATCH",
                                  std::string(create_path) + "/" + event_id,
                                  {bearer(token_), {"Content-Type", "application/json"}},
                                  json::serialize(json::object{{"autopilot_status", status}})},
                                 "status change");
  ledger_.record_status(marker, status, result.outcome == Outcome::done ? Promise::stored : Promise::uncertain);
  if (result.outcome == Outcome::done) {
    read_back(event_id, status);
  }
}

void SoakClient::read_back(const std::string& event_id, const std::string& status) {
  const Attempt result =
      attempt({.path = std::string(create_path) + "/" + event_id, .headers = {bearer(token_)}, .body = {}},
              "read of one event");
  if (result.outcome != Outcome::done) {
    return;
  }
  const auto event = event_of(result.answer.body);
  if (!event || event->at("autopilot_status") != json::value(status)) {
    ledger_.record_violation("an acknowledged status change was not there on the next read");
  }
}

void SoakClient::read_once() {
  const std::string path = ++number_ % 2 == 0 ? fmt::format("{}?limit={}&direction=inbound", list_path, list_rows)
                                              : fmt::format("{}/pending?limit=20", list_path);
  const Attempt result = attempt({.path = path, .headers = {bearer(token_)}, .body = {}}, "list");
  counts_.reads++;
  if (result.outcome != Outcome::done) {
    return;
  }
  boost::system::error_code error;
  const json::value page = json::parse(result.answer.body, error);
  const json::value* events = error ? nullptr : page.find_pointer("/events", error);
  if (events == nullptr || !events->is_array()) {
    ledger_.record_violation("list answered something else than a page");
  }
}

}  // namespace salesflow::bench
