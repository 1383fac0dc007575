// What clients may say about a lead, and what is stored of it.
#include "features/leads/json.hpp"

#include <gtest/gtest.h>

#include "features/leads/list_query.hpp"
#include "platform/json/read.hpp"

namespace salesflow::leads {
namespace {

Result<LeadRecord> record_of(std::string_view body, bool is_new = false) {
  auto fields = json::read<LeadBody>(body);
  if (!fields)
    return fields.error();
  return is_new ? to_new_record(std::move(*fields), body) : to_record(std::move(*fields), body);
}

TEST(LeadFields, BecomeColumnsAsTheyAreStored) {
  const std::pair<std::string_view, std::string_view> stored[] = {
      {R"({"name":" Eva ","status":"QUALIFIED"})", R"({"name":"Eva","status":"qualified"})"},
      {R"({"phone":"","whatsapp":null,"email":"  "})", R"({"email":null,"phone":null,"whatsapp":null})"},
      {R"({"temperature":"Hot"})", R"({"temperature_score":85})"},
      {R"({"temperature":72.4})", R"({"temperature_score":72})"},
      {R"({"temperature":72.6})", R"({"temperature_score":73})"},
      {R"({"temperature":"30"})", R"({"temperature_score":30})"},
      {R"({"temperature":"hot","temperature_score":93})", R"({"temperature_score":93})"},
      {R"({"temperature":null})", R"({"temperature_score":50})"},
      {R"({"tags":null})", R"({"tags":[]})"},
      {R"({"tags":["a","\"b"]})", R"({"tags":["a","\"b"]})"},
      {R"({"nextFollowUp":"2026-03-01T23:30:00+02:00"})", R"({"next_follow_up":"2026-03-01"})"},
      {R"({"next_follow_up":"2026-12-31T00:00:00+01:00"})", R"({"next_follow_up":"2026-12-31"})"},
      {R"({"next_follow_up":"2026-03-02","nextFollowUp":"2026-03-01"})", R"({"next_follow_up":"2026-03-02"})"},
      {R"({"follow_up_reason":"a","followUpReason":"b"})", R"({"follow_up_reason":"a"})"},
      {R"({"followUpReason":"b"})", R"({"follow_up_reason":"b"})"},
      {R"({"next_follow_up":""})", R"({"next_follow_up":null})"},
      {R"({"customer_value":1234.50})", R"({"customer_value":"1234.50"})"},
      {R"({"customer_value":"-007"})", R"({"customer_value":"-007"})"},
      {R"({"needs_action":null})", R"({"needs_action":false})"},
      {R"({"lastMessage":"Hi","source_channel":"sms","score":80,"unknown":1})",
       R"({"score":80,"last_message":"Hi","source_channel":"sms"})"},
  };
  for (const auto& [body, columns] : stored) {
    const auto record = record_of(body);
    ASSERT_TRUE(record) << body << record.error().public_detail;
    EXPECT_EQ(record->columns.text, columns);
    EXPECT_FALSE(record->empty);
  }
  EXPECT_TRUE(record_of(R"({"unknown":1})")->empty);
}

TEST(LeadFields, ThatMakeNoSenseAreRefusedByName) {
  const std::pair<std::string_view, std::string_view> refused[] = {
      {R"({"name":"  "})", "name"},
      {R"({"name":null})", "name"},
      {R"({"name":7})", "name"},
      {R"({"status":null})", "status"},
      {R"({"status":""})", "status"},
      {R"({"email":"nobody"})", "email"},
      {R"({"email":"a@b@c"})", "email"},
      {R"({"email":"@x.at"})", "email"},
      {R"({"email":"eva maier@x.at"})", "email"},
      {R"({"temperature":"lukewarm"})", "temperature"},
      {R"({"temperature":101})", "temperature"},
      {R"({"temperature":[1]})", "temperature"},
      {R"({"temperature_score":-1})", "temperature_score"},
      {R"({"score":1e400})", "score"},
      {R"({"score":1.5})", "score"},
      {R"({"tags":["ok",7]})", "tags[1]"},
      {R"({"tags":"a"})", "tags"},
      {R"({"next_follow_up":"2026-02-30"})", "next_follow_up"},
      {R"({"next_follow_up":"tomorrow"})", "next_follow_up"},
      {R"({"customer_since":"yesterday"})", "customer_since"},
      {R"({"customer_value":0.001})", "customer_value"},
      {R"({"customer_value":1e400})", "customer_value"},
      {R"({"customer_value":"NaN"})", "customer_value"},
      {R"({"customer_value":123456789})", "customer_value"},
      {R"({"customer_value":"1."})", "customer_value"},
      {R"({"customer_value":{}})", "customer_value"},
      {R"({"source_channel":"fax"})", "source_channel"},
      {R"({"needs_action":"yes"})", "needs_action"},
      {R"({"orders_count":-1})", "orders_count"},
  };
  for (const auto& [body, field] : refused) {
    const auto record = record_of(body);
    ASSERT_FALSE(record) << body;
    ASSERT_FALSE(record.error().errors.empty()) << body;
    EXPECT_EQ(record.error().errors.front().field, field) << body;
    EXPECT_TRUE(record.error().code == Errc::invalid_argument || record.error().code == Errc::malformed) << body;
  }
}

TEST(LeadFields, OfANewLeadSayByWhatItIsRecognised) {
  const auto full = record_of(
      R"({"fullName":"Eva Maier","email":"E@x.at","phone":" +43 1 ","instagram_url":"https://instagram.com/eva"})",
      true);
  ASSERT_TRUE(full);
  EXPECT_EQ(full->match.name, "Eva Maier");
  EXPECT_EQ(full->match.email, "E@x.at");
  EXPECT_EQ(full->match.phone, "+43 1");
  EXPECT_EQ(full->match.instagram, "https://instagram.com/eva");
  const auto parts = record_of(R"({"first_name":"Eva","last_name":"Maier"})", true);
  EXPECT_EQ(parts->match.name, "Eva Maier");
  EXPECT_EQ(record_of(R"({"last_name":"Maier"})", true)->match.name, "Maier");
  EXPECT_EQ(record_of(R"({"instagram_handle":"eva","instagram_url":"other"})", true)->match.instagram, "eva");
  const auto nobody = record_of(R"({"phone":"+43 660 1"})", true);
  EXPECT_EQ(nobody->match.name, std::nullopt) << "or all leads without a name would be one";
  EXPECT_NE(nobody->columns.text.find(R"("name":"Unbekannt")"), std::string::npos);
}

TEST(ListQuery, IsReadAsClientsMeanIt) {
  const TimePoint now = parse_rfc3339("2026-03-17T23:59:59Z").value();
  const auto day = [](const char* text) { return parse_date(text).value(); };
  ListQuery query;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::created_desc);
  EXPECT_EQ(to_list_request(query, now).paging.limit_rows, page_limit_rows_max);
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::capped) << "X-Total-Count of the bare array";
  query.filter = ListFilter::today;
  EXPECT_EQ(to_list_request(query, now).filter.due_from, day("2026-03-17"));
  EXPECT_EQ(to_list_request(query, now).filter.due_until, day("2026-03-17"));
  EXPECT_EQ(to_list_request(query, now).valid_until, TimePoint(day("2026-03-18")));
  query.filter = ListFilter::overdue;
  EXPECT_EQ(to_list_request(query, now).filter.due_from, day("0001-01-01"));
  EXPECT_EQ(to_list_request(query, now).filter.due_until, day("2026-03-16"));
  query.filter = ListFilter::hot;
  EXPECT_TRUE(to_list_request(query, now).filter.hot);
  EXPECT_EQ(to_list_request(query, now).valid_until, TimePoint::max()) << "hot has no day";
  query = {};
  query.status = Text<1, 50>("WON");
  query.period = Period::this_month;
  EXPECT_EQ(to_list_request(query, now).filter.status, "won");
  EXPECT_EQ(to_list_request(query, now).filter.created_since, TimePoint(day("2026-03-01")));
  EXPECT_EQ(to_list_request(query, now).valid_until, TimePoint(day("2026-03-18")));
  query.customers = true;
  query.status = Text<1, 50>("new");
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::customers);
  EXPECT_EQ(to_list_request(query, now).filter.status, "won") << "customers overrides status";
  EXPECT_EQ(to_list_request(query, now).filter.customer_since, TimePoint(day("2026-03-01")));
  query.sort_order = SortOrder::asc;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::created_asc) << "customers have no such order of their own";
}

TEST(ListQuery, CountsAndSortsAsAsked) {
  const TimePoint now = parse_rfc3339("2026-03-17T23:59:59Z").value();
  ListQuery query;
  query.cursor = "x";
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::none) << "the first page told it";
  query = {};
  query.limit = 10;
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::none);
  query.envelope = true;
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::capped) << "an envelope tells the total of every page";
  query.count = CountParameter::none;
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::none) << "unless it shall not";
  query.envelope = false;
  query.count = CountParameter::true_;
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::capped);
  query.count = CountParameter::exact;
  EXPECT_EQ(to_list_request(query, now).paging.count, CountMode::exact);
  query.sort_by = SortBy::next_follow_up;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::follow_up_asc);
  query.sort_by = SortBy::updated_at;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::updated_desc);
  query.sort_order = SortOrder::asc;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::updated_asc);
  query.sort_order.reset();
  query.sort_by = SortBy::name;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::name_asc);
  query.sort_order = SortOrder::desc;
  EXPECT_EQ(to_list_request(query, now).order, ListOrder::name_desc);
}

}  // namespace
}  // namespace salesflow::leads
