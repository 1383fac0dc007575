// What all `salesflow import …` commands share: whose data it is, a connection, one coroutine to run.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

/// --user, --org, --database and --json.
struct ImportLogin {
  std::string user, org, database_url;
  bool json = false;
};
void add_login_options(CLI::App& verb, ImportLogin& login);

/// --charset, refused when nobody knows it.
void add_charset_option(CLI::App& verb, std::string& charset);

/// "COLUMN=VALUE" pairs. Throws std::runtime_error naming `option`.
std::map<std::string, std::string> parse_pairs(const std::vector<std::string>& pairs, const char* option);
/// "tab", "\t" or one character; 0 for "". Errors: invalid_argument.
Result<char> parse_delimiter(const std::string& text);

/// Connects as salesflow_app, finds the user, runs `work` to its end on this thread and closes the connections. The
/// error of whichever failed. Throws std::runtime_error for settings that are wrong.
Result<void> run_import(const ImportLogin& login,
                        std::function<Task<Result<void>>(postgres::Database&, Identity)> work);

/// The end of the command: with --json `answer` with ok and error on standard output, else `sentence`, and the error on
/// standard error. The exit code.
int report_import(const ImportLogin& login, const Result<void>& ended, boost::json::object answer,
                  const std::string& sentence);

}  // namespace salesflow::apps
