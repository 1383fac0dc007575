// The forgotten password: a mail with a link, and the new password that comes back with it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "features/accounts/accounts.hpp"
#include "platform/core/log.hpp"
#include "platform/security/crypto.hpp"

namespace salesflow::accounts {
namespace {

constexpr std::size_t reset_token_bytes_max = 128;
constexpr std::chrono::seconds reset_deadline{10};

}  // namespace

Task<Result<void>> Accounts::request_reset(RequestContext& request, RequestResetBody body, Client client) {
  auto email = parse_email(body.email);
  if (!email)
    co_return email.error();
  if (auto counted = co_await count_attempt(request, "reset:", email->key, client.address); !counted) {
    co_return counted.error();
  }
  // For every address, known or not: the answer must not tell which it was.
  if (auto possible = co_await shared_.mailer.try_out(context_); !possible)
    co_return possible.error();
  if (*resets_in_flight_ >= shared_.settings.resets_in_flight_max) {
    Error error = fail(Errc::unavailable, "Too many requests of this kind at once; try again");
    error.retry_after_s = 5;
    co_return error;
  }
  ++*resets_in_flight_;
  asio::co_spawn(context_, send_reset(std::move(*email), resets_in_flight_), asio::detached);
  co_return Result<void>();
}

Task<void> Accounts::send_reset(EmailAddress email, std::shared_ptr<int> in_flight) {
  struct Leave {
    std::shared_ptr<int> count;
    ~Leave() { --*count; }
  };
  const Leave leave{std::move(in_flight)};
  RequestContext request;  // of its own: the one that asked has its answer already
  request.deadline = std::chrono::steady_clock::now() + reset_deadline;
  request.route = "send_password_reset";
  const std::string token = security::random_token();
  const int seconds = static_cast<int>(shared_.settings.reset_ttl.count());
  auto target = co_await store_.create_password_reset(request, email.shown, hash_token(token), seconds);
  if (target && !*target && email.key != email.shown)
    target = co_await store_.create_password_reset(request, email.key, hash_token(token), seconds);
  if (!target) {
    log::error("reset_mail_not_sent", {{"detail", target.error().log_detail}});
    co_return;
  }
  if (!*target)
    co_return;
  const auto hours = std::chrono::ceil<std::chrono::hours>(shared_.settings.reset_ttl).count();
  Mail mail{(*target)->email, "Your new SalesFlow password",
            "Hello " + (*target)->first_name.value_or("there") +
                ",\n\nsomebody asked for a new password for this address. If it was you, open this link within " +
                std::to_string(hours) + " hours:\n\n" + shared_.settings.public_url + "/reset-password?token=" + token +
                "\n\nIf it was not you, nothing has changed and you can ignore this mail.\n"};
  const auto sent = co_await shared_.mailer.send(context_, std::move(mail));
  if (!sent)
    log::error("reset_mail_not_sent", {{"detail", sent.error().log_detail}});
}

Task<Result<void>> Accounts::reset_password(RequestContext& request, ResetPasswordBody body, Client client) {
  if (const auto strong = check_new_password(*body.password); !strong)
    co_return strong.error();
  const auto invalid = [] {
    return fail(Errc::malformed, "The link is not valid any more; ask for a new one", "token");
  };
  if (body.token.empty() || body.token.size() > reset_token_bytes_max)
    co_return invalid();
  // Hashing a password costs; the counter keeps strangers from asking for it with made-up tokens.
  const std::string subject = security::to_base64url(security::view_of(security::sha256(body.token)));
  if (auto counted = co_await count_attempt(request, "reset-use:", subject, client.address); !counted) {
    co_return counted.error();
  }
  auto sharing = co_await store_.read_sharing(request);
  if (!sharing)
    co_return sharing.error();
  auto hashes = co_await hash_new(std::move(body.password.value), *sharing, "password");
  if (!hashes)
    co_return hashes.error();
  auto outcome = co_await store_.use_password_reset(request, hash_token(body.token), std::move(*hashes));
  if (!outcome)
    co_return outcome.error();
  if (*outcome == ResetOutcome::kept_elsewhere)
    co_return kept_elsewhere();
  if (*outcome != ResetOutcome::changed)
    co_return invalid();
  co_return Result<void>();
}

}  // namespace salesflow::accounts
