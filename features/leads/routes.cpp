#include "features/leads/routes.hpp"

#include "features/leads/hot_leads_proof.hpp"
#include "features/leads/json.hpp"
#include "features/leads/list_query.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::leads {
namespace {

struct PendingQuery {
  Ranged<std::int64_t, 1, page_limit_rows_max> limit = page_limit_rows_max;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(PendingQuery, (), (limit, cursor))

struct InteractionQuery {
  Ranged<std::int64_t, 1, interaction_limit_rows_max> limit = 50;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(InteractionQuery, (), (limit, cursor))

struct VerificationQuery {
  std::optional<Ranged<std::int32_t, 0, 100>> min_score;
  Ranged<std::int64_t, 1, interaction_limit_rows_max> limit = 20;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(VerificationQuery, (), (min_score, limit, cursor))

struct HotQuery {
  Ranged<std::int32_t, 0, 100> min_score = 75;
  Ranged<std::int64_t, 1, hot_limit_rows_max> limit = 20;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(HotQuery, (), (min_score, limit, cursor))

struct AcquisitionQuery {
  Ranged<std::int64_t, 1, period_days_max> days = 30;
};
BOOST_DESCRIBE_STRUCT(AcquisitionQuery, (), (days))

/// What a new lead would be recognised by, as a form knows it so far; empty ones are not compared.
struct DuplicateQuery {
  Text<0, 200> name, first_name, last_name;
  Text<0, 254> email;
  Text<0, 50> phone, whatsapp;
  Text<0, 500> instagram, instagram_handle, instagram_url;
  Text<0, 200> company;
};
BOOST_DESCRIBE_STRUCT(DuplicateQuery, (),
                      (name, first_name, last_name, email, phone, whatsapp, instagram, instagram_handle, instagram_url,
                       company))

struct MessageBody {
  std::optional<Text<0, 20'000>> message;
  std::optional<Text<1, 30>> channel;
};
BOOST_DESCRIBE_STRUCT(MessageBody, (), (message, channel))

constexpr std::size_t row_bytes = 1'300;  // of a usual lead as JSON

/// The leads as they are sent, without what only lists need.
std::vector<LeadRow> rows_of(const LeadPage& page) {
  return {page.items.begin(), page.items.end()};
}

void link_next(const http::Request& request, const std::optional<std::string>& cursor, http::Response& response) {
  if (cursor)
    response.headers.emplace_back("Link", http::link_to_next(request, *cursor));
}

void tell_total(const LeadPage& page, http::Response& response) {
  if (!page.total)
    return;
  response.headers.emplace_back("X-Total-Count", std::to_string(*page.total));
  if (page.total_is_capped)
    response.headers.emplace_back("X-Total-Is-Capped", "true");
}

http::Response leads_response(const http::Request& request, const LeadPage& page) {
  LeadsAnswer answer{
      rows_of(page),   page.total, page.total.value_or(0), page.total_is_capped, page.next_cursor.has_value(),
      page.next_cursor};
  auto response = http::json_response(json::to_json(answer, 128 + row_bytes * page.items.size()));
  link_next(request, page.next_cursor, response);
  tell_total(page, response);
  return response;
}

http::Response array_response(const http::Request& request, const LeadPage& page) {
  auto response = http::json_response(json::to_json(rows_of(page), 16 + row_bytes * page.items.size()));
  link_next(request, page.next_cursor, response);
  tell_total(page, response);
  return response;
}

Result<MatchKeys> match_keys_of(const DuplicateQuery& query) {
  const auto first_of = [](std::initializer_list<std::string_view> texts) -> std::optional<std::string> {
    for (const std::string_view text : texts) {
      if (!trim(text).empty())
        return std::string(trim(text));
    }
    return std::nullopt;
  };
  MatchKeys match;
  match.email = first_of({query.email.value});
  match.phone = first_of({query.phone.value, query.whatsapp.value});
  match.instagram = first_of({query.instagram.value, query.instagram_handle.value, query.instagram_url.value});
  match.name = first_of({query.name.value, query.first_name.value + " " + query.last_name.value});
  match.company = first_of({query.company.value});
  if (!match.has_any())
    return fail(Errc::invalid_argument, "One of email, phone, instagram and name is required", "query");
  return match;
}

http::Response with_etag(http::Response response, const LeadRow& lead) {
  response.etag = http::version_etag(lead.row_version);
  return response;
}

http::Response lead_response(const LeadRow& lead) {
  return with_etag(http::json_response(json::to_json(LeadAnswer{true, lead}, row_bytes)), lead);
}

/// A JSON array of T, as json::schema says it of structs.
template <class T>
json::Schema array_schema(std::string name) {
  return {std::move(name), json::schema_text<std::vector<T>>()};
}

class Handlers {
 public:
  Handlers(Leads& leads, Clock clock, std::function<AnalyticsSource()> source, proof::Prover* prover)
      : leads_(leads), clock_(clock), source_(std::move(source)), prover_(prover) {}

  Task<Result<http::Response>> list_leads(http::Request& request) {
    const auto query = http::read_query<ListQuery>(request);
    if (!query)
      co_return query.error();
    if (query->group_by)
      co_return co_await group_leads(request);
    auto asked = to_list_request(*query, clock_());
    const auto count = query->count.value_or(CountParameter::false_);
    const bool as_object = query->envelope || (count != CountParameter::false_ && count != CountParameter::none);
    const auto page = co_await leads_.list_leads(*request.context, std::move(asked));
    if (!page)
      co_return page.error();
    co_return as_object ? leads_response(request, *page) : array_response(request, *page);
  }

  Task<Result<http::Response>> list_pending(http::Request& request) {
    auto query = http::read_query<PendingQuery>(request);
    if (!query)
      co_return query.error();
    const auto page = co_await leads_.list_pending(*request.context, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    co_return leads_response(request, *page);
  }

  Task<Result<http::Response>> get_lead(http::Request& request) {
    const auto id = request.path_uuid(0, "lead_id");
    if (!id)
      co_return id.error();
    const auto lead = co_await leads_.get_lead(*request.context, *id);
    if (!lead)
      co_return lead.error();
    co_return with_etag(http::json_response(json::to_json(**lead, row_bytes)), **lead);
  }

  Task<Result<http::Response>> create_lead(http::Request& request) {
    auto body = http::read_body<LeadBody>(request);
    if (!body)
      co_return body.error();
    auto record = to_new_record(std::move(*body), request.body);
    if (!record)
      co_return record.error();
    const auto created = co_await leads_.create_lead(*request.context, std::move(*record));
    if (!created)
      co_return created.error();
    const CreatedLead& lead = **created;
    CreatedAnswer answer{true, lead, lead.was_created, lead.was_created ? "Lead created" : "Lead exists already"};
    co_return with_etag(http::json_response(json::to_json(answer, row_bytes)), lead);
  }

  Task<Result<http::Response>> check_duplicate(http::Request& request) {
    auto body = http::read_body<LeadBody>(request);
    if (!body)
      co_return body.error();
    auto record = to_record(std::move(*body), request.body);
    if (!record)
      co_return record.error();
    co_return co_await answer_duplicate(request, std::move(record->match));
  }

  /// The same of a form that asks while it is filled in.
  Task<Result<http::Response>> check_duplicate_of_query(http::Request& request) {
    auto query = http::read_query<DuplicateQuery>(request);
    if (!query)
      co_return query.error();
    auto match = match_keys_of(*query);
    if (!match)
      co_return match.error();
    co_return co_await answer_duplicate(request, std::move(*match));
  }

  Task<Result<http::Response>> update_lead(http::Request& request) {
    const auto target = http::read_target(request, "lead_id");
    if (!target)
      co_return target.error();
    auto body = http::read_body<LeadBody>(request);
    if (!body)
      co_return body.error();
    auto change = to_record(std::move(*body), request.body);
    if (!change)
      co_return change.error();
    const auto lead = co_await leads_.update_lead(*request.context, target->id, std::move(*change), target->version);
    if (!lead)
      co_return lead.error();
    co_return lead_response(**lead);
  }

  Task<Result<http::Response>> delete_lead(http::Request& request) {
    const auto target = http::read_target(request, "lead_id");
    if (!target)
      co_return target.error();
    const auto deleted = co_await leads_.delete_lead(*request.context, target->id, target->version);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

  Task<Result<http::Response>> archive_lead(http::Request& request) {
    const auto id = request.path_uuid(0, "lead_id");
    if (!id)
      co_return id.error();
    const auto lead = co_await leads_.archive_lead(*request.context, *id);
    if (!lead)
      co_return lead.error();
    co_return lead_response(**lead);
  }

  Task<Result<http::Response>> message_sent(http::Request& request) {
    const auto id = request.path_uuid(0, "lead_id");
    if (!id)
      co_return id.error();
    // Clients that have nothing to add send no body.
    auto body = request.body.empty() ? Result<MessageBody>(MessageBody{}) : http::read_body<MessageBody>(request);
    if (!body)
      co_return body.error();
    SentMessage message;
    if (body->message && !body->message->value.empty())
      message.message = std::move(body->message->value);
    if (body->channel)
      message.channel = std::move(body->channel->value);
    const auto sent = co_await leads_.message_sent(*request.context, *id, std::move(message));
    if (!sent)
      co_return sent.error();
    const ContactedRow& lead = *sent->lead;
    MessageAnswer answer;
    answer.lead_id = lead.id;
    answer.lead_name = lead.name;
    answer.status = lead.status;
    answer.interaction_id = sent->logged.interaction_id;
    answer.suggestion_id = sent->logged.suggestion_id;
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> list_interactions(http::Request& request) {
    const auto id = request.path_uuid(0, "lead_id");
    if (!id)
      co_return id.error();
    auto query = http::read_query<InteractionQuery>(request);
    if (!query)
      co_return query.error();
    const auto page = co_await leads_.list_interactions(*request.context, *id, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    auto response = http::json_response(json::to_json(page->items, 600 * page->items.size() + 16));
    link_next(request, page->next_cursor, response);
    co_return response;
  }

  Task<Result<http::Response>> list_hot_leads(http::Request& request) {
    auto query = http::read_query<HotQuery>(request);
    if (!query)
      co_return query.error();
    HotRequest asked{query->min_score, std::move(query->cursor), query->limit,
                     source_ ? source_() : AnalyticsSource::live};
    const auto page = co_await prove_hot_leads(*request.context, std::move(asked));
    if (!page)
      co_return page.error();
    auto response = http::json_response(json::to_json(to_hot_answer(*page), 256 + row_bytes * page->items.size()));
    link_next(request, page->next_cursor, response);
    co_return response;
  }

  Task<Result<http::Response>> read_pipeline(http::Request& request) {
    const auto found = co_await leads_.read_pipeline(*request.context);
    if (!found)
      co_return found.error();
    co_return http::json_response(json::to_json(to_pipeline_answer(**found, clock_())));
  }

  Task<Result<http::Response>> read_acquisition(http::Request& request) {
    const auto query = http::read_query<AcquisitionQuery>(request);
    if (!query)
      co_return query.error();
    const auto found = co_await leads_.read_acquisition(*request.context, query->days);
    if (!found)
      co_return found.error();
    co_return http::json_response(json::to_json(to_acquisition_answer(**found, query->days, clock_())));
  }

  Task<Result<http::Response>> list_verifications(http::Request& request) {
    auto query = http::read_query<VerificationQuery>(request);
    if (!query)
      co_return query.error();
    const auto min = query->min_score ? std::optional<int>(query->min_score->value) : std::nullopt;
    auto page = co_await leads_.list_verifications(*request.context, min, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    VerificationsAnswer answer{true, std::move(page->items), 0, page->next_cursor};
    answer.count = answer.verifications.size();
    auto response = http::json_response(json::to_json(answer, 500 * answer.count + 128));
    link_next(request, page->next_cursor, response);
    co_return response;
  }

 private:
  Task<Result<http::Response>> answer_duplicate(http::Request& request, MatchKeys match) {
    const auto found = co_await leads_.find_duplicate(*request.context, std::move(match));
    if (!found)
      co_return found.error();
    DuplicateAnswer answer;
    answer.is_duplicate = found->row.has_value();
    if (answer.is_duplicate) {
      answer.matched_by = (*found)->matched_by;
      answer.lead = **found;
    }
    co_return http::json_response(json::to_json(answer, row_bytes));
  }

  Task<Result<http::Response>> group_leads(http::Request& request) {
    const auto groups = co_await leads_.group_leads(*request.context);
    if (!groups)
      co_return groups.error();
    GroupsAnswer answer{{groups->begin(), groups->end()}, 0, RawJson{"0"}};
    if (!groups->empty()) {
      answer.count = groups->rows.front().all_count;
      answer.total_value.text = groups->rows.front().all_value.text;
    }
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<HotPage>> prove_hot_leads(RequestContext& request, HotRequest asked) {
    if (!prover_ || asked.source != AnalyticsSource::live)
      co_return co_await leads_.list_hot_leads(request, std::move(asked));
    auto claim = hot_leads_claim(leads_, request.identity, std::move(asked));
    co_return co_await prover_->prove(request, proof::Kind::hot_leads, std::move(claim));
  }

  Leads& leads_;
  Clock clock_;
  std::function<AnalyticsSource()> source_;
  proof::Prover* prover_;
};

}  // namespace

std::vector<http::Route> routes(Leads& leads, Clock clock, std::function<AnalyticsSource()> source,
                                proof::Prover* prover) {
  using http::BodyPolicy, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(leads, clock, std::move(source), prover), "leads");

  auto& list = table.add(
      Method::get, "/api/leads", "list_leads",
      "Leads of the caller: a bare array; with count or envelope {leads, total, count}; with group_by groups.",
      &Handlers::list_leads);
  http::takes_query<ListQuery>(list);
  list.response_schema = {"LeadList", R"({"anyOf":[)" + json::schema_text<std::vector<LeadRow>>() + "," +
                                          json::schema_text<LeadsAnswer>() + "," + json::schema_text<GroupsAnswer>() +
                                          "]}"};

  auto& pending = table.add(Method::get, "/api/leads/pending", "list_pending_leads",
                            "Leads whose follow-up is due, the longest due first.", &Handlers::list_pending);
  http::takes_query<PendingQuery>(pending);
  http::answers<LeadsAnswer>(pending);

  auto& verifications =
      table.add(Method::get, "/api/leads/verifications", "list_lead_verifications",
                "Leads by how well they are verified, the best first.", &Handlers::list_verifications);
  http::takes_query<VerificationQuery>(verifications);
  http::answers<VerificationsAnswer>(verifications);

  auto& get = table.add(Method::get, "/api/leads/{lead_id}", "get_lead", "One lead.", &Handlers::get_lead);
  http::answers<LeadRow>(get);
  get.error_statuses = {404};

  auto& create =
      table.add(Method::post, "/api/leads", "create_lead",
                "Makes a lead, or answers the one that it would repeat (was_created false).", &Handlers::create_lead);
  http::takes_body<LeadBody>(create);
  create.aliases = {"/api/leads/"};
  create.idempotency = Idempotency::optional;
  http::answers<CreatedAnswer>(create);
  create.error_statuses = {409, 413, 415};

  auto& check = table.add(Method::post, "/api/leads/check-duplicate", "check_duplicate_lead",
                          "The lead that a new one would repeat, if there is one.", &Handlers::check_duplicate);
  http::takes_body<LeadBody>(check);
  http::answers<DuplicateAnswer>(check);
  check.error_statuses = {413, 415};
  auto& ask = table.add(Method::get, "/api/leads/check-duplicate", "find_duplicate_lead",
                        "The lead that a new one with this name, address or number would repeat, if there is one.",
                        &Handlers::check_duplicate_of_query);
  http::takes_query<DuplicateQuery>(ask);
  http::answers<DuplicateAnswer>(ask);

  for (const Method method : {Method::put, Method::patch}) {
    auto& update = table.add(method, "/api/leads/{lead_id}", method == Method::put ? "put_lead" : "patch_lead",
                             "Changes the members that are sent; null clears. If-Match makes it conditional.",
                             &Handlers::update_lead);
    http::takes_body<LeadBody>(update);
    http::answers<LeadAnswer>(update);
    update.error_statuses = {404, 412, 413, 415};
  }

  auto& remove =
      table.add(Method::del, "/api/leads/{lead_id}", "delete_lead",
                "Deletes a lead and what hangs on it. If-Match makes it conditional.", &Handlers::delete_lead);
  remove.success_status = 204;
  remove.error_statuses = {404, 412};

  auto& archive = table.add(Method::post, "/api/leads/{lead_id}/archive", "archive_lead", "Archives a lead.",
                            &Handlers::archive_lead);
  archive.idempotency = Idempotency::optional;
  http::answers<LeadAnswer>(archive);
  archive.error_statuses = {404, 409};

  auto& sent = table.add(Method::post, "/api/leads/{lead_id}/message-sent", "log_sent_message",
                         "Logs a message that went out and suggests when to follow up.", &Handlers::message_sent);
  BodyPolicy may_be_empty = BodyPolicy::json();
  may_be_empty.required = false;
  http::takes_body<MessageBody>(sent, may_be_empty);
  sent.idempotency = Idempotency::optional;
  http::answers<MessageAnswer>(sent);
  sent.error_statuses = {404, 409, 413, 415};

  auto& interactions = table.add(Method::get, "/api/leads/{lead_id}/interactions", "list_lead_interactions",
                                 "What was said to a lead, newest first.", &Handlers::list_interactions);
  http::takes_query<InteractionQuery>(interactions);
  interactions.response_schema = array_schema<InteractionRow>("InteractionList");
  interactions.error_statuses = {404};

  auto& hot = table.add(Method::get, "/api/analytics/hot-leads", "list_hot_leads",
                        "The caller's leads with the best scores, with their newest verification, intent and "
                        "enrichment.",
                        &Handlers::list_hot_leads);
  http::takes_query<HotQuery>(hot);
  http::answers<HotLeadsAnswer>(hot);

  auto& pipeline = table.add(Method::get, "/api/lead-generation/stats/pipeline", "read_lead_pipeline",
                             "How many leads the caller has, by status and by score.", &Handlers::read_pipeline);
  http::answers<PipelineAnswer>(pipeline);

  auto& acquisition = table.add(Method::get, "/api/lead-generation/stats/acquisition", "read_lead_acquisition",
                                "The caller's new leads of the last days, by source.", &Handlers::read_acquisition);
  http::takes_query<AcquisitionQuery>(acquisition);
  http::answers<AcquisitionAnswer>(acquisition);
  return std::move(table).take();
}

}  // namespace salesflow::leads
