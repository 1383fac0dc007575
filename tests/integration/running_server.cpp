#include "tests/integration/running_server.hpp"

#include <sys/wait.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "build_paths.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/core/ids.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

namespace fs = std::filesystem;

fs::path make_folder() {
  const fs::path folder = fs::temp_directory_path() / ("salesflow-it-" + Uuid::v7().to_string());
  fs::create_directories(folder);
  return folder;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

cluster::SpawnOptions spawn_options(std::vector<std::string> arguments, const Environment& environment,
                                    const fs::path& folder) {
  cluster::SpawnOptions options;
  options.arguments = {SALESFLOW_BINARY};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  for (const auto& [name, value] : environment)
    options.environment.push_back(name + "=" + value);
  options.log_file = folder / "log";
  options.directory = folder;
  options.user = cluster::SystemUser{.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}, .is_self = true};
  return options;
}

}  // namespace

std::string JsonAnswer::detail() const {
  const auto* object = body.if_object();
  const auto* text = object ? object->if_contains("detail") : nullptr;
  return text && text->is_string() ? std::string(text->get_string()) : "";
}

std::string JsonAnswer::first_field() const {
  const auto* object = body.if_object();
  const auto* errors = object ? object->if_contains("errors") : nullptr;
  if (!errors || !errors->is_array() || errors->get_array().empty())
    return "";
  return std::string(errors->get_array().front().at("field").as_string());
}

Environment server_environment(const std::string& app_url, const std::string& auth_url, const std::string& worker_url) {
  return {{"DATABASE_URL", app_url},
          {"SALESFLOW_AUTH_DATABASE_URL", auth_url},
          {"SALESFLOW_WORKER_DATABASE_URL", worker_url},
          {"JWT_SECRET", test_jwt_secret},
          {"SALESFLOW_HTTP_ADDRESS", "127.0.0.1"},
          {"SALESFLOW_THREADS", "2"},
          // Cheap hashes: these tests are not about argon2id.
          {"SALESFLOW_PASSWORD_MEMORY_KIB", "1024"},
          {"SALESFLOW_PASSWORD_PASSES", "1"}};
}

RunningServer::RunningServer(Environment environment, bool wait_until_ready)
    : folder_(make_folder()),
      port_(environment.contains("PORT") ? std::stoi(environment["PORT"]) : cluster::free_port()) {
  environment["PORT"] = std::to_string(port_);
  environment.try_emplace("SALESFLOW_MAIL_SPOOL", (folder_ / "mail").string());
  auto started = cluster::ChildProcess::spawn(spawn_options({"serve"}, environment, folder_));
  if (!started)
    throw std::runtime_error(started.error().public_detail);
  process_.emplace(std::move(*started));
  const std::string probe = wait_until_ready ? "/readyz" : "/healthz";
  const auto answers = [&] {
    if (!process_->is_running())
      throw std::runtime_error("the server ended:\n" + log_text());
    const int probing = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool open = ::connect(probing, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probing);
    return open && get(probe).status == 200;
  };
  if (!wait_until(answers, std::chrono::minutes(1)))
    throw std::runtime_error("the server is not ready:\n" + log_text());
}

RunningServer::~RunningServer() {
  process_->stop(SIGTERM, std::chrono::seconds(15));
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string RunningServer::log_text() const {
  return read_file(folder_ / "log");
}

JsonAnswer call_port(int port, std::string_view method, std::string_view target, std::string_view token,
                     std::string_view body, Headers headers) {
  std::string request;
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  if (!token.empty())
    headers.try_emplace("Authorization", "Bearer " + std::string(token));
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    headers.try_emplace("Content-Type", "application/json");
    if (!headers.contains("Transfer-Encoding"))
      headers.try_emplace("Content-Length", std::to_string(body.size()));
  }
  for (const auto& [name, value] : headers)
    request += name + ": " + value + "\r\n";
  request += "\r\n";
  request += body;
  http::testing::RawClient client(static_cast<std::uint16_t>(port));
  client.send(request);
  JsonAnswer answer;
  answer.raw = client.read_answer(method == "HEAD", std::chrono::seconds(20));
  answer.status = answer.raw.status;
  boost::system::error_code not_json;
  answer.body = json::parse(answer.raw.body, not_json);
  return answer;
}

RunningServer::Person RunningServer::sign_up(const std::string& email) const {
  const auto answer =
      call("POST", "/api/auth/signup", {},
           json::serialize(json::object{
               {"email", email}, {"password", "correct horse"}, {"first_name", "Anna"}, {"last_name", "Muster"}}));
  if (answer.status != 200)
    throw std::runtime_error("signup answered " + std::to_string(answer.status) + ": " + answer.raw.body);
  const auto& body = answer.body.as_object();
  return {std::string(body.at("access_token").as_string()), std::string(body.at("refresh_token").as_string()),
          std::string(body.at("user").as_object().at("id").as_string())};
}

CommandResult run_salesflow(std::vector<std::string> arguments, const Environment& environment,
                            std::chrono::milliseconds patience) {
  const fs::path folder = make_folder();
  CommandResult result;
  auto started = cluster::ChildProcess::spawn(spawn_options(std::move(arguments), environment, folder));
  if (!started)
    throw std::runtime_error(started.error().public_detail);
  const auto status = started->wait(patience);
  if (status)
    result.exit_code = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
  result.output = read_file(folder / "log");
  fs::remove_all(folder);
  return result;
}

}  // namespace salesflow::test
