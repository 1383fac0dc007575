#include "platform/migrations/advice.hpp"

#include <fmt/format.h>

#include <regex>

#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {
namespace {

std::string first_match(const std::string& text, const char* pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(pattern)) ? match[1].str() : std::string{};
}

std::string ask(Session& session, const std::string& sql, const Session::Arguments& arguments = {}) {
  const auto answer = session.run(sql, arguments);
  return answer ? answer.value() : "";
}

std::string administrator(const std::string& statement) {
  return "Let an administrator run: " + statement;
}

std::string advice(Session& session, const SqlError& error) {
  const std::string& text = error.message;
  if (error.is("53100")) {
    return "The disk is full: make room (or another default_tablespace) and run it again; what was half-built is "
           "dropped";
  }
  if (const auto extension = first_match(text, "extension \"([^\"]+)\""); !extension.empty()) {
    const std::string create = fmt::format("CREATE EXTENSION IF NOT EXISTS {}; -- in database {}", extension,
                                           ask(session, "SELECT current_database()"));
    if (error.is("42501")) {
      return administrator(create);
    }
    if (error.is("0A000") || error.is("58P01")) {
      return "The server lacks its files (Debian: package postgresql-contrib, or one named after it). Install them, "
             "then: " +
             create;
    }
  }
  if (!error.is("42501")) {
    return {};
  }
  const std::string me = ask(session, "SELECT quote_ident(current_user)");
  if (text.find("create role") != std::string::npos) {
    return administrator("ALTER ROLE " + me + " CREATEROLE;");
  }
  if (const auto schema = first_match(text, "permission denied for schema (\\S+)"); !schema.empty()) {
    return administrator(fmt::format("GRANT USAGE, CREATE ON SCHEMA {} TO {};", schema, me));
  }
  if (const auto database = first_match(text, "permission denied for database (\\S+)"); !database.empty()) {
    return administrator(fmt::format("GRANT CREATE ON DATABASE {} TO {};", database, me));
  }
  if (const auto object = first_match(text, "must be owner of (?:table|relation|view|materialized view|index) (\\S+)");
      !object.empty()) {
    const std::string owner =
        ask(session,
            "SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE relname = $1 AND relnamespace IN "
            "('public'::regnamespace, to_regnamespace('salesflow')) LIMIT 1",
            {object});
    return owner.empty() ? "" : administrator(fmt::format("GRANT {} TO {};", owner, me));
  }
  return {};
}

}  // namespace

Error explain(Session& session, const SqlError& error, const std::string& doing) {
  auto failure = to_error(error, doing);
  if (const auto help = advice(session, error); !help.empty()) {
    failure.public_detail += ". " + help;
  }
  return failure;
}

}  // namespace salesflow::migrations
