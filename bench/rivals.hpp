// Starts the rivals of bench/rivals and nginx, each as its own documentation would run it in production.
// FastAPI and Fastify come back while they still start, so that several start at once: call await_ready().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/service.hpp"

namespace salesflow::bench {

inline constexpr int rival_workers = 2;  // as many as the service has threads

/// FastAPI + asyncpg + uvicorn: pydantic models and the default encoder, access log on.
std::unique_ptr<MeasuredServer> start_fastapi_default(const std::string& database_url, const TokenKey& key);
/// The same tuned by hand: ujson, no pydantic, uvloop and httptools, no access log.
std::unique_ptr<MeasuredServer> start_fastapi_tuned(const std::string& database_url, const TokenKey& key);
/// FastAPI + asyncpg with the strategy's own cache over redis.asyncio; tuned like the one above.
std::unique_ptr<MeasuredServer> start_fastapi_cached(const std::string& database_url, const TokenKey& key,
                                                     const std::string& redis_url);
/// The product before the strategy, as FastAPI runs it: two workers, no tuning.
std::unique_ptr<MeasuredServer> start_before(const std::string& database_url, const TokenKey& key);
/// The strategy as it is written; the same, with its cache or without.
std::unique_ptr<MeasuredServer> start_strategy(const std::string& database_url, const TokenKey& key,
                                               const std::string& redis_url, bool with_cache);
/// Fastify + postgres.js, a cluster of workers. Its packages must be installed (script/bench does that).
std::unique_ptr<MeasuredServer> start_fastify(const std::string& database_url, const TokenKey& key);

/// A file that nginx serves at /NAME.
struct ServedFile {
  std::string name;
  std::string content;
  std::string content_type = "application/json";
};

/// nginx with an access log like ours (JSON, buffered, flushed each second), open files cached, keep-alive without end,
/// gzip at `gzip_level` for clients that accept it.
std::unique_ptr<MeasuredServer> start_nginx(const std::vector<ServedFile>& files, int gzip_level);

/// The configuration start_nginx uses; `folder` holds www/ and gets pid and temporary files.
std::string nginx_configuration(int port, const std::string& folder, const std::vector<ServedFile>& files,
                                int gzip_level);

}  // namespace salesflow::bench
