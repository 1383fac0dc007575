#include "features/stream/event_schema.hpp"

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/json/describe_schema.hpp"

namespace salesflow::stream {
namespace {

// What platform/feed writes as each event's data.

enum class Operation { insert, update, delete_, truncate };
BOOST_DESCRIBE_ENUM(Operation, insert, update, delete_, truncate)
enum class ResyncReason { unknown_id, foreign_id, unreadable_id, too_many, feed_lost };
BOOST_DESCRIBE_ENUM(ResyncReason, unknown_id, foreign_id, unreadable_id, too_many, feed_lost)
enum class EndReason { renew, session_ended, shutdown };
BOOST_DESCRIBE_ENUM(EndReason, renew, session_ended, shutdown)

struct Ready {
  bool resumed = false;
};
BOOST_DESCRIBE_STRUCT(Ready, (), (resumed))

struct Changes {
  std::string table;
  Operation operation{};
  std::optional<std::vector<Uuid>> ids;
};
BOOST_DESCRIBE_STRUCT(Changes, (), (table, operation, ids))

struct Jobs {
  std::string table;
  Operation operation{};
  std::optional<std::vector<Uuid>> ids;
  RawJson jobs;
};
BOOST_DESCRIBE_STRUCT(Jobs, (), (table, operation, ids, jobs))

struct Resync {
  ResyncReason reason{};
};
BOOST_DESCRIBE_STRUCT(Resync, (), (reason))

struct End {
  EndReason reason{};
  std::int64_t retry_ms = 0;
};
BOOST_DESCRIBE_STRUCT(End, (), (reason, retry_ms))

std::string event(const std::string& name, const std::string& data, bool has_id) {
  return R"({"type":"object","properties":{"event":{"const":")" + name + R"("},)" +
         (has_id ? R"("id":{"type":"string"},)" : "") +
         R"("data":{"type":"string","contentMediaType":"application/json","contentSchema":)" + data +
         R"(}},"required":["event",)" + (has_id ? R"("id",)" : "") + R"("data"]})";
}

std::string jobs_schema(const json::Schema& job) {
  std::string text = json::schema_text<Jobs>();
  const std::string any = R"("jobs":{})";
  return text.replace(text.find(any), any.size(), R"("jobs":{"type":"array","items":)" + job.text + "}");
}

}  // namespace

json::Schema event_schema(const json::Schema& job) {
  return {"StreamEvent", R"({"oneOf":[)" + event("ready", json::schema_text<Ready>(), true) + "," +
                             event("changes", json::schema_text<Changes>(), true) + "," +
                             event("jobs", jobs_schema(job), true) + "," +
                             event("badges", R"({"type":"object","properties":{}})", false) + "," +
                             event("resync", json::schema_text<Resync>(), true) + "," +
                             event("end", json::schema_text<End>(), false) + "]}"};
}

}  // namespace salesflow::stream
