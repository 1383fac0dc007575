// Asks a language model over an OpenAI-compatible API: POST {url}/chat/completions.
#pragma once

#include "features/notes/settings.hpp"
#include "features/notes/summary.hpp"
#include "platform/http/toolkit/client.hpp"

namespace salesflow::notes {

/// Reads what a model answered: exactly the object that prompts/summarize.txt asks for, every part bounded.
/// Errors: invalid_argument with "unusable answer".
Result<Draft> read_completion(std::string_view body, std::string_view model);

/// One a worker thread. Errors say in public_detail: timeout, unreachable, status N, answer too large, unusable answer,
/// busy. The key leaves only in the Authorization header. The prompt and the messages are all that is sent.
class HttpBackend final : public Backend {
 public:
  /// Throws std::runtime_error when the URL or the certificates cannot be used.
  HttpBackend(asio::io_context& context, CoarseTimer& timer, const SummarySettings& settings);
  /// Until `deadline` or the settings' timeout, whichever comes first.
  Task<Result<Draft>> ask(const Conversation& conversation, SteadyTime deadline) override;

 private:
  SummarySettings settings_;
  http::ServiceUrl url_;
  http::Client client_;
  int in_flight_ = 0;
};

}  // namespace salesflow::notes
