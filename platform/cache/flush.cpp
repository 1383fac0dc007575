#include "platform/cache/flush.hpp"

#include "platform/cache/channel.hpp"
#include "platform/cache/relay.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 1s;

}  // namespace

Task<Result<void>> flush(Shared& shared, redis::Client* client) {
  shared.memory.clear();
  hear_all(shared);
  if (!client)
    co_return Result<void>();
  const Tag tag{everything.table, everything.scope, {}};
  const std::string key = tag.key(shared.settings.prefix);
  const std::uint64_t sender = shared.node_id, hash = tag.hash();
  std::string told(reinterpret_cast<const char*>(&sender), sizeof sender);
  told.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  const auto until = std::chrono::steady_clock::now() + patience;
  std::vector<redis::Command> commands;
  commands.push_back(redis::set_command(key, Token::make(0).bytes(), {.ttl = token_ttl}));
  commands.emplace_back("PUBLISH").arg(bump_channel(shared.settings)).arg(told);
  const auto answers = co_await client->run_all(std::move(commands), until);
  for (const auto& answer : answers) {
    if (!answer)
      co_return answer.error();
  }
  if (answers.front()->reply.is_error()) {  // full: a missing token equals nothing
    std::vector<std::string> keys{key};
    const auto removed = co_await client->unlink(std::move(keys), until);
    if (!removed)
      co_return removed.error();
  }
  co_return Result<void>();
}

}  // namespace salesflow::cache
