#include "features/notes/queries.hpp"
#include "features/notes/store.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::notes {
namespace {

struct WrittenRow {
  bool lead_ok = false;
  bool contact_ok = false;
  bool deal_ok = false;
  std::optional<Uuid> id;
  std::optional<Uuid> user_id;
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<std::string_view> content;
  std::optional<std::string_view> note_type;
  std::optional<std::string_view> source;
  std::optional<RawJsonView> metadata;
  std::optional<TimePoint> created_at;
  std::optional<TimePoint> updated_at;
  std::optional<std::int64_t> row_version;
};
BOOST_DESCRIBE_STRUCT(WrittenRow, (),
                      (lead_ok, contact_ok, deal_ok, id, user_id, lead_id, contact_id, deal_id, content, note_type,
                       source, metadata, created_at, updated_at, row_version))

struct MessageRow {
  bool lead_found = false;
  std::optional<std::string_view> person;
  bool contact_found = false;
  bool contact_is_lead = false;
  std::optional<Uuid> contact_lead_id;
  bool deal_found = false;
  std::optional<Uuid> event_id;
  std::optional<std::string_view> channel;
  std::optional<std::string_view> direction;
  std::optional<std::string_view> message;
  std::optional<TimePoint> created_at;
};
BOOST_DESCRIBE_STRUCT(MessageRow, (),
                      (lead_found, person, contact_found, contact_is_lead, contact_lead_id, deal_found, event_id,
                       channel, direction, message, created_at))

struct SummaryRow {
  Uuid note_id;
  std::optional<Uuid> task_id;
};
BOOST_DESCRIBE_STRUCT(SummaryRow, (), (note_id, task_id))

Result<Written> to_written(Result<OneRow<WrittenRow>> answered) {
  if (!answered)
    return answered.error();
  Written written;
  if (!*answered)
    return written;
  const WrittenRow& row = **answered;
  written.lead_ok = row.lead_ok;
  written.contact_ok = row.contact_ok;
  written.deal_ok = row.deal_ok;
  if (row.id) {
    written.note.row = NoteRow{*row.id,
                               row.user_id.value_or(Uuid{}),
                               row.lead_id,
                               row.contact_id,
                               row.deal_id,
                               row.content.value_or(""),
                               row.note_type.value_or(""),
                               row.source,
                               row.metadata,
                               row.created_at.value_or(TimePoint{}),
                               row.updated_at.value_or(TimePoint{}),
                               row.row_version.value_or(0)};
    written.note.bytes = answered->bytes;
  }
  return written;
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<NoteRow>>> list_notes(RequestContext& request, NoteFilter filter, TimePosition after,
                                           std::int64_t limit_rows) override {
    using list = sql::list_notes;
    constexpr list::Of of[] = {
        list::Of::user, list::Of::contact,          list::Of::lead,          list::Of::contact_and_lead,
        list::Of::deal, list::Of::contact_and_deal, list::Of::lead_and_deal, list::Of::all};
    const unsigned which = (filter.contact_id ? 1U : 0U) | (filter.lead_id ? 2U : 0U) | (filter.deal_id ? 4U : 0U);
    return db_.read_page<NoteRow>(request, list::pick(filter.note_type ? list::type : 0U, of[which]),
                                  request.identity.user_id, after.at, after.id, limit_rows, filter.contact_id,
                                  filter.lead_id, filter.deal_id, filter.note_type);
  }

  Task<Result<OneRow<NoteRow>>> get_note(RequestContext& request, Uuid note_id) override {
    return db_.read_one<NoteRow>(request, sql::get_note, request.identity.user_id, note_id);
  }

  Task<Result<Written>> create_note(RequestContext& request, Uuid id, NewNote note) override {
    auto writing = db_.write_one<WrittenRow>(request, sql::create_note, request.identity.user_id,
                                             request.identity.org_id, id, note.lead_id, note.contact_id, note.deal_id,
                                             std::move(note.content), note.note_type, std::move(note.metadata));
    co_return to_written(co_await std::move(writing));
  }

  Task<Result<Written>> update_note(RequestContext& request, Uuid note_id, NoteChange change,
                                    std::optional<std::int64_t> row_version) override {
    using update = sql::update_note;
    auto writing = db_.write_one<WrittenRow>(
        request, update::pick(row_version ? update::version : 0U), request.identity.user_id, request.identity.org_id,
        note_id, change.lead_id.value, change.contact_id.value, change.deal_id.value, std::move(change.content),
        change.note_type, std::move(change.metadata.value), change.lead_id.present, change.contact_id.present,
        change.deal_id.present, change.metadata.present, row_version);
    co_return to_written(co_await std::move(writing));
  }

  Task<Result<bool>> delete_note(RequestContext& request, Uuid note_id,
                                 std::optional<std::int64_t> row_version) override {
    using remove = sql::delete_note;
    const auto deleted = co_await db_.write(request, remove::pick(row_version ? remove::version : 0U),
                                            request.identity.user_id, note_id, row_version);
    if (!deleted)
      co_return deleted.error();
    co_return *deleted > 0;
  }

  Task<Result<ConversationFacts>> read_conversation(RequestContext& request, SummaryRequest asked) override {
    using read = sql::read_conversation;
    const auto of = !asked.contact_id ? read::Of::lead : !asked.lead_id ? read::Of::contact : read::Of::both;
    const auto rows =
        co_await db_.read<MessageRow>(request, read::pick(0, of), request.identity.user_id, request.identity.org_id,
                                      asked.lead_id, asked.contact_id, asked.deal_id, asked.message_limit);
    if (!rows)
      co_return rows.error();
    ConversationFacts facts;
    for (const MessageRow& row : *rows) {
      facts.lead_found = row.lead_found;
      facts.contact_found = row.contact_found;
      facts.contact_is_lead = row.contact_is_lead;
      facts.contact_lead_id = row.contact_lead_id;
      facts.deal_found = row.deal_found;
      facts.conversation.person = row.person.value_or("");
      if (!row.event_id)
        continue;
      Message message{std::string(row.channel.value_or("")), row.direction == "inbound",
                      std::string(row.message.value_or("")), row.created_at.value_or(TimePoint{})};
      facts.conversation.messages.push_back(std::move(message));
    }
    co_return facts;
  }

  Task<Result<void>> create_summary(RequestContext& request, NewSummary summary) override {
    auto writing = db_.write_one<SummaryRow>(
        request, sql::create_summary, request.identity.user_id, request.identity.org_id, summary.note_id,
        summary.lead_id, summary.contact_id, summary.deal_id, std::move(summary.content), std::move(summary.metadata),
        summary.task_id, std::move(summary.step.action), std::move(summary.step.description), summary.step.priority,
        summary.due_at, summary.task_contact_id);
    const auto stored = co_await std::move(writing);
    if (!stored)
      co_return stored.error();
    co_return Result<void>();
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::notes
