#include "features/inbox/queries.hpp"
#include "features/inbox/store.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::inbox {
namespace {

/// The values of `all` that stand in a list of ten, NULL behind them.
std::optional<Status> nth(const std::vector<Status>& all, std::size_t place) {
  return place < all.size() ? std::optional(all[place]) : std::nullopt;
}

/// The listed phrases hold nothing that JSON would escape.
RawJson to_json_array(const std::vector<std::string>& phrases) {
  std::string text = "[";
  for (const auto& phrase : phrases)
    text += (text.size() > 1 ? ",\"" : "\"") + phrase + '"';
  return RawJson{text + "]"};
}

template <class T>
std::optional<T> first_of(const std::vector<T>& all) {
  return all.empty() ? std::nullopt : std::optional(all.front());
}

template <class... Arguments>
postgres::BoundQuery bound(const Query& query, const Arguments&... arguments) {
  postgres::Params all;
  (all.add(arguments), ...);
  return {&query, std::move(all).select(query)};
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<InboxRow>>> list_inbox(RequestContext& request, InboxFilter filter, Sort by, InboxPosition after,
                                            PageRequest paging) override {
    const Uuid user = request.identity.user_id;
    const auto count_rows = rows_to_count(paging.count);
    if (!filter.search.empty()) {
      using search = sql::search_inbox;
      const unsigned mask = (filter.statuses.empty() ? 0U : search::status) |
                            (filter.platforms.empty() ? 0U : search::platform) |
                            (filter.needs_attention ? search::attention : 0U);
      const auto sort = by == Sort::newest ? search::Sort::newest : search::Sort::priority;
      return db_.read_page<InboxRow>(request, search::pick(mask, sort), user, after.priority, after.last_message_at,
                                     after.id, paging.limit_rows, paging.skip_rows, count_rows,
                                     std::move(filter.search), std::move(filter.statuses), std::move(filter.platforms));
    }
    if (filter.statuses.size() > 1)
      return list_by_statuses(request, std::move(filter), by, after, paging);
    using list = sql::list_inbox;
    const unsigned mask =
        (filter.statuses.empty() ? 0U : list::status) | (filter.needs_attention ? list::attention : 0U);
    const auto sort = by == Sort::newest ? list::Sort::newest : list::Sort::priority;
    const auto total = filter.filters() ? list::Total::counted : list::Total::counter;
    const auto& query = list::pick(mask, sort, total, platforms_of<list>(filter));
    const auto status = first_of(filter.statuses);
    const auto platform = first_of(filter.platforms);
    return db_.read_page<InboxRow>(request, query, user, after.priority, after.last_message_at, after.id,
                                   paging.limit_rows, paging.skip_rows, count_rows, status, platform,
                                   std::move(filter.platforms));
  }

  Task<Result<OneRow<ConversationRow>>> get_conversation(RequestContext& request, Uuid id) override {
    return db_.read_one<ConversationRow>(request, sql::get_conversation, request.identity.user_id, id);
  }

  Task<Result<OneRow<ConversationRow>>> create_conversation(RequestContext& request, Uuid id,
                                                            NewConversation made) override {
    const Uuid user = request.identity.user_id;
    if (!made.platform_conversation_id) {
      auto plain = co_await db_.write_one<ConversationRow>(
          request, sql::create_conversation, id, user, made.platform, std::optional<std::string>(),
          std::move(made.platform_contact_handle), made.contact_id, std::move(made.deep_link_url),
          std::move(made.platform_metadata));
      co_return plain;
    }
    postgres::Params lock, create;
    lock.add(user), lock.add(made.platform), lock.add(made.platform_conversation_id);
    create.add(id), create.add(user), create.add(made.platform), create.add(made.platform_conversation_id);
    create.add(made.platform_contact_handle), create.add(made.contact_id), create.add(made.deep_link_url);
    create.add(made.platform_metadata);
    std::vector<postgres::BoundQuery> batch;
    const Query& lock_query = sql::lock_platform_id;
    const Query& create_query = sql::create_conversation;
    batch.emplace_back(&lock_query, std::move(lock).select(lock_query));
    batch.emplace_back(&create_query, std::move(create).select(create_query));
    if (auto fits = co_await db_.check_answer<ConversationRow>(request, create_query); !fits)
      co_return fits.error();
    auto answers = co_await db_.run_batch(request, std::move(batch));
    if (!answers)
      co_return answers.error();
    co_return postgres::decode_one<ConversationRow>(create_query, std::move(answers->at(1).result));
  }

  Task<Result<OneRow<ConversationRow>>> update_conversation(RequestContext& request, Uuid id, ConversationChange c,
                                                            std::optional<std::int64_t> row_version) override {
    using update = sql::update_conversation;
    return db_.write_one<ConversationRow>(
        request, update::pick(row_version ? update::version : 0U), request.identity.user_id, id, row_version,
        c.status.present, c.status.value, c.contact_id.present, c.contact_id.value, c.overall_sentiment.present,
        c.overall_sentiment.value, c.priority_score.present, c.priority_score.value, c.current_sequence_phase.present,
        c.current_sequence_phase.value, c.next_sequence_action_at.present, c.next_sequence_action_at.value,
        c.sequence_paused.present, c.sequence_paused.value, c.pause_until.present, c.pause_until.value,
        c.platform_metadata.present, std::move(c.platform_metadata.value));
  }

  Task<Result<OneRow<ConversationRow>>> set_status(RequestContext& request, Uuid id, Status status,
                                                   std::optional<TimePoint> pause_until,
                                                   std::optional<std::int64_t> row_version) override {
    using set = sql::set_status;
    return db_.write_one<ConversationRow>(request, set::pick(row_version ? set::version : 0U), request.identity.user_id,
                                          id, status, pause_until, row_version);
  }

  Task<Result<RowSet<MessageRow>>> list_messages(RequestContext& request, Uuid conversation_id, TimePosition before,
                                                 PageRequest paging) override {
    return db_.read_page<MessageRow>(request, sql::list_messages, request.identity.user_id, conversation_id, before.at,
                                     before.id, paging.limit_rows, paging.skip_rows);
  }

  Task<Result<OneRow<MessageRow>>> add_message(RequestContext& request, Uuid id, NewMessage message,
                                               Analysis a) override {
    using add = sql::add_message;
    const Uuid user_id = request.identity.user_id;
    const auto message_id = std::move(message.platform_message_id);
    const Query& query = add::pick(message_id ? add::once : 0U);
    if (auto fits = co_await db_.check_answer<MessageRow>(request, query); !fits)
      co_return fits.error();
    auto adding = bound(query, id, user_id, message.conversation_id, message.direction, message.content, message_id,
                        message.is_ai_generated, a.sentiment, a.contains_question, a.contains_objection,
                        a.contains_interest_signal, to_json_array(a.keywords), a.suggested_status, a.intent);
    if (!message_id) {
      auto answer = co_await db_.run(request, std::move(adding));
      if (!answer)
        co_return answer.error();
      co_return postgres::decode_one<MessageRow>(query, std::move(answer->result));
    }
    if (auto fits = co_await db_.check_answer<MessageRow>(request, sql::find_received); !fits)
      co_return fits.error();
    std::vector<postgres::BoundQuery> batch;
    batch.push_back(bound(sql::lock_received, user_id, *message_id));
    batch.push_back(bound(sql::find_received, user_id, message.conversation_id, *message_id));
    batch.push_back(std::move(adding));
    auto answers = co_await db_.run_batch(request, std::move(batch));
    if (!answers)
      co_return answers.error();
    auto before = postgres::decode_one<MessageRow>(sql::find_received, std::move(answers->at(1).result));
    if (!before || *before)
      co_return before;
    co_return postgres::decode_one<MessageRow>(query, std::move(answers->at(2).result));
  }

  Task<Result<OneRow<MessageRow>>> approve_draft(RequestContext& request, Uuid conversation_id, Uuid message_id,
                                                 std::optional<std::string> content) override {
    return db_.write_one<MessageRow>(request, sql::approve_draft, request.identity.user_id, conversation_id, message_id,
                                     std::move(content));
  }

  Task<Result<OneRow<Uuid>>> discard_draft(RequestContext& request, Uuid conversation_id, Uuid message_id) override {
    return db_.write_one<Uuid>(request, sql::discard_draft, request.identity.user_id, conversation_id, message_id);
  }

  Task<Result<OneRow<StartedRow>>> start_sequence(RequestContext& request, Uuid conversation_id,
                                                  std::optional<Uuid> template_id) override {
    using start = sql::start_sequence;
    return db_.write_one<StartedRow>(request,
                                     start::pick(0, template_id ? start::Which::named : start::Which::standard),
                                     request.identity.user_id, conversation_id, template_id);
  }

  Task<Result<RowSet<AdvancedRow>>> process_sequences(RequestContext& request, std::int64_t limit_rows) override {
    return db_.read<AdvancedRow>(request, sql::process_sequences, request.identity.user_id, limit_rows);
  }

  Task<Result<std::int64_t>> process_due_sequences(RequestContext& request) override {
    const auto advanced = co_await db_.write_one<std::int64_t>(request, sql::process_due_sequences);
    if (!advanced)
      co_return advanced.error();
    co_return advanced->row.value_or(0);
  }

  Task<Result<OneRow<BestTimeRow>>> best_time(RequestContext& request, Uuid conversation_id) override {
    return db_.read_one<BestTimeRow>(request, sql::best_time, request.identity.user_id, conversation_id);
  }

  Task<Result<RowSet<ConnectionRow>>> list_connections(RequestContext& request) override {
    return db_.read<ConnectionRow>(request, sql::list_connections, request.identity.user_id);
  }

  Task<Result<OneRow<ReadRow>>> set_read(RequestContext& request, Uuid id, bool is_read) override {
    return db_.write_one<ReadRow>(request, sql::set_read, request.identity.user_id, id, is_read);
  }

  Task<Result<OneRow<BadgesRow>>> read_badges(RequestContext& request, TimePoint due_before,
                                              TimePoint overdue_before) override {
    return db_.read_one<BadgesRow>(request, sql::read_badges, request.identity.user_id, request.identity.org_id,
                                   due_before, overdue_before);
  }

  Task<Result<OneRow<BadgesRow>>> recount_badges(RequestContext& request, BadgeLimits limits) override {
    return db_.read_one<BadgesRow>(request, sql::recount_badges, request.identity.user_id, request.identity.org_id,
                                   limits.due_before, limits.overdue_before);
  }

  Task<Result<OneRow<AnalyticsRow>>> get_analytics(RequestContext& request, TimePoint since) override {
    return db_.read_one<AnalyticsRow>(request, sql::get_analytics, request.identity.user_id, since);
  }

  Task<Result<OneRow<DraftContextRow>>> get_draft_context(RequestContext& request, Uuid conversation_id) override {
    return db_.read_one<DraftContextRow>(request, sql::get_draft_context, request.identity.user_id, conversation_id);
  }

 private:
  template <class List>
  static typename List::Platform platforms_of(const InboxFilter& filter) {
    return filter.platforms.empty()       ? List::Platform::any
           : filter.platforms.size() == 1 ? List::Platform::one
                                          : List::Platform::some;
  }

  Task<Result<RowSet<InboxRow>>> list_by_statuses(RequestContext& request, InboxFilter filter, Sort by,
                                                  InboxPosition after, const PageRequest& paging) {
    const auto count_rows = rows_to_count(paging.count);
    const auto& s = filter.statuses;
    const Uuid user = request.identity.user_id;
    const auto platform = first_of(filter.platforms);
    if (by == Sort::newest) {
      using list = sql::list_inbox_by_statuses_newest;
      const auto& query = list::pick(filter.needs_attention ? list::attention : 0U, platforms_of<list>(filter));
      return db_.read_page<InboxRow>(request, query, user, after.last_message_at, after.id, paging.limit_rows,
                                     paging.skip_rows, count_rows, nth(s, 0), nth(s, 1), nth(s, 2), nth(s, 3),
                                     nth(s, 4), nth(s, 5), nth(s, 6), nth(s, 7), nth(s, 8), nth(s, 9), platform,
                                     filter.platforms);
    }
    using list = sql::list_inbox_by_statuses;
    const auto& query = list::pick(filter.needs_attention ? list::attention : 0U, platforms_of<list>(filter));
    return db_.read_page<InboxRow>(request, query, user, after.priority, after.last_message_at, after.id,
                                   paging.limit_rows, paging.skip_rows, count_rows, nth(s, 0), nth(s, 1), nth(s, 2),
                                   nth(s, 3), nth(s, 4), nth(s, 5), nth(s, 6), nth(s, 7), nth(s, 8), nth(s, 9),
                                   platform, filter.platforms);
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::inbox
