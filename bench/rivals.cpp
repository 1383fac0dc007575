#include "bench/rivals.hpp"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

namespace salesflow::bench {
namespace {

constexpr int pool_size = 8;  // a worker: 16 connections in all, one for each connection of the load

std::vector<std::string> rival_environment(const std::string& database_url, const TokenKey& key) {
  std::vector<std::string> environment = key.environment();
  environment.push_back("DATABASE_URL=" + database_url);
  environment.push_back("POOL_SIZE=" + std::to_string(pool_size));
  environment.push_back("WORKERS=" + std::to_string(rival_workers));
  return environment;
}

/// Ready when its list answers at all; without a token that is 401.
bool list_answers(int port) {
  try {
    return HttpClient(port, std::chrono::seconds(2)).get("/api/autopilot/message-events").status == 401;
  } catch (const HttpFailure&) {
    return false;
  }
}

std::unique_ptr<MeasuredServer> start_fastapi(const std::string& name, std::vector<std::string> more,
                                              const std::string& database_url, const TokenKey& key,
                                              const std::string& redis_url = "", bool with_cache = true) {
  const int port = cluster::free_port();
  // The system's Python: Debian's packages are installed for it.
  std::vector<std::string> arguments{
      "/usr/bin/python3",           "-m", "uvicorn", "--host", "127.0.0.1", "--port", std::to_string(port), "--workers",
      std::to_string(rival_workers)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<std::string> environment = rival_environment(database_url, key);
  environment.emplace_back("PYTHONDONTWRITEBYTECODE=1");
  if (!redis_url.empty())
    environment.push_back("REDIS_URL=" + redis_url);
  environment.emplace_back(with_cache ? "ENABLE_CACHE=true" : "ENABLE_CACHE=false");
  return MeasuredServer::launch(log_folder(), {.name = name,
                                               .tool = {.arguments = std::move(arguments),
                                                        .environment = std::move(environment),
                                                        .directory = std::filesystem::absolute("bench/rivals/fastapi")},
                                               .port = port,
                                               .is_ready = [port] { return list_answers(port); }});
}

}  // namespace

std::unique_ptr<MeasuredServer> start_fastapi_default(const std::string& database_url, const TokenKey& key) {
  return start_fastapi("fastapi-default", {"app_default:app"}, database_url, key);
}

std::unique_ptr<MeasuredServer> start_fastapi_tuned(const std::string& database_url, const TokenKey& key) {
  return start_fastapi("fastapi-tuned", {"--loop", "uvloop", "--http", "httptools", "--no-access-log", "app_tuned:app"},
                       database_url, key);
}

std::unique_ptr<MeasuredServer> start_fastapi_cached(const std::string& database_url, const TokenKey& key,
                                                     const std::string& redis_url) {
  return start_fastapi("fastapi-cached",
                       {"--loop", "uvloop", "--http", "httptools", "--no-access-log", "app_cached:app"}, database_url,
                       key, redis_url);
}

std::unique_ptr<MeasuredServer> start_before(const std::string& database_url, const TokenKey& key) {
  return start_fastapi("kpi-before", {"--no-access-log", "app_before:app"}, database_url, key);
}

std::unique_ptr<MeasuredServer> start_strategy(const std::string& database_url, const TokenKey& key,
                                               const std::string& redis_url, bool with_cache) {
  return start_fastapi(with_cache ? "kpi-strategy-cached" : "kpi-strategy", {"--no-access-log", "app_strategy:app"},
                       database_url, key, redis_url, with_cache);
}

std::unique_ptr<MeasuredServer> start_fastify(const std::string& database_url, const TokenKey& key) {
  const std::filesystem::path folder = std::filesystem::absolute("bench/rivals/fastify");
  if (!std::filesystem::exists(folder / "node_modules")) {
    throw std::runtime_error(
        "the packages of bench/rivals/fastify are not installed: npm ci --prefix bench/rivals/fastify");
  }
  const int port = cluster::free_port();
  std::vector<std::string> environment = rival_environment(database_url, key);
  environment.push_back("PORT=" + std::to_string(port));
  environment.emplace_back("NODE_ENV=production");
  return MeasuredServer::launch(
      log_folder(),
      {.name = "fastify",
       .tool = {.arguments = {"node", "server.mjs"}, .environment = std::move(environment), .directory = folder},
       .port = port,
       .is_ready = [port] { return list_answers(port); }});
}

std::string nginx_configuration(int port, const std::string& folder, const std::vector<ServedFile>& files,
                                int gzip_level) {
  std::string locations;
  for (const ServedFile& file : files) {
    locations += fmt::format("    location = /{} {{ default_type \"{}\"; }}\n", file.name, file.content_type);
  }
  // "user" only counts for root, where workers would become somebody who may not read our folder.
  return fmt::format(
      "{}worker_processes {};\n"
      "daemon off;\n"
      "pid {}/nginx.pid;\n"
      "error_log stderr warn;\n"
      "events {{ worker_connections 4096; }}\n"
      "http {{\n"
      "  log_format json escape=json "
      "'{{\"time\":\"$time_iso8601\",\"request_id\":\"$request_id\",\"method\":\"$request_method\","
      "\"path\":\"$uri\",\"status\":$status,\"bytes\":$bytes_sent,\"duration_s\":$request_time,\"peer\":\"$remote_"
      "addr\"}}';\n"
      "  access_log {}/nginx-access.log json buffer=64k flush=1s;\n"
      "  sendfile on;\n  tcp_nopush on;\n  tcp_nodelay on;\n"
      "  keepalive_requests 1000000000;\n  keepalive_timeout 300s;\n"
      "  open_file_cache max=100 inactive=300s;\n  open_file_cache_valid 300s;\n"
      "  gzip on;\n  gzip_comp_level {};\n  gzip_min_length 1024;\n  gzip_types application/json;\n"
      "  client_body_temp_path {}/tmp;\n  proxy_temp_path {}/tmp;\n  fastcgi_temp_path {}/tmp;\n"
      "  uwsgi_temp_path {}/tmp;\n  scgi_temp_path {}/tmp;\n"
      "  server {{\n    listen 127.0.0.1:{} reuseport;\n    root {}/www;\n    types {{ }}\n{}  }}\n}}\n",
      ::getuid() == 0 ? "user root;\n" : "", rival_workers, folder, log_folder().string(), gzip_level, folder, folder,
      folder, folder, folder, port, folder, locations);
}

std::unique_ptr<MeasuredServer> start_nginx(const std::vector<ServedFile>& files, int gzip_level) {
  const std::filesystem::path folder = std::filesystem::absolute("build/bench/nginx");
  std::filesystem::create_directories(log_folder());
  for (const ServedFile& file : files) {
    write_text(folder / "www" / file.name, file.content);
  }
  const int port = cluster::free_port();
  const std::filesystem::path configuration = folder / "nginx.conf";
  write_text(configuration, nginx_configuration(port, folder, files, gzip_level));
  const std::string probe = "/" + files.at(0).name;
  return MeasuredServer::start(log_folder(),
                               {.name = "nginx",
                                .tool = {.arguments = {"nginx", "-p", folder.string(), "-c", configuration.string()}},
                                .port = port,
                                .is_ready = [port, probe] { return answers_ok(port, probe); }});
}

}  // namespace salesflow::bench
