// Imports on a real PostgreSQL: columns, duplicates and reports.
#include "tests/support/imports_rig.hpp"

namespace salesflow::imports {
namespace {

class ImportsStore : public ImportsRig {};

TEST_P(ImportsStore, EveryColumnArrivesAsGiven) {
  ImportOptions options;
  options.constants["source"] = "fair";
  EXPECT_EQ(
      counts("name,email,phone,company,status,temperature,score,tags,next_follow_up,customer_value,created_at,notes\n"
             "\"Ümit \"\"X\"\", Mr\",A@B.at,+43 1 234567,Firma,Termin vereinbart,,,\"a,b\",24.12.2026,\"12,5\","
             "2020-01-02,\"one\ntwo\"\n",
             options),
      "1 0 0 0");
  EXPECT_EQ(value("SELECT concat_ws('|', name, email, phone, company, status, temperature, temperature_score, score, "
                  "to_jsonb(tags), "
                  "next_follow_up, customer_value, created_at AT TIME ZONE 'UTC', notes, source, platform) FROM leads"),
            "Ümit \"X\", Mr|A@B.at|+43 1 234567|Firma|meeting|" + std::string(GetParam() == On::found ? "85" : "hot") +
                "|85|90|[\"a\", \"b\"]|2026-12-24|12.50|2020-01-02 00:00:00|one\ntwo|fair|WhatsApp");
}

TEST_P(ImportsStore, EachColumnOfANewAndOfAKnownLeadGoesToItsOwn) {
  const auto rows = [](const std::string& n, const std::string& status) {
    return "name,first_name,last_name,email,phone,company,position,platform,status,temperature,score,tags,last_message,"
           "notes,next_follow_up,follow_up_reason,whatsapp,instagram,facebook,linkedin,source,source_channel,vertical,"
           "customer_value\nN" +
           n + ",F" + n + ",L" + n + ",e@x.at,+43 1 11111" + n + ",C" + n + ",P" + n + ",Pl" + n + "," + status + ",6" +
           n + ",7" + n + ",t" + n + ",M" + n + ",No" + n + ",2026-01-0" + n + ",R" + n + ",W" + n + ",i" + n + ",Fb" +
           n + ",Li" + n + ",S" + n + ",sms,V" + n + ",1" + n + "\n";
  };
  const auto stored = [&] {
    return value(
        "SELECT concat_ws('|', name, first_name, last_name, email, phone, company, position, platform, status, "
        "temperature_score, score, to_jsonb(tags), last_message, notes, next_follow_up, follow_up_reason, whatsapp, "
        "instagram, facebook, linkedin, source, source_channel, vertical, customer_value) FROM leads");
  };
  ImportOptions options;
  options.duplicates = Duplicates::update;
  ASSERT_EQ(counts(rows("1", "contacted"), options), "1 0 0 0");
  EXPECT_EQ(stored(),
            "N1|F1|L1|e@x.at|+43 1 111111|C1|P1|Pl1|contacted|61|71|[\"t1\"]|M1|No1|2026-01-01|R1|W1|i1|Fb1|Li1|S1|"
            "sms|V1|11.00");
  ASSERT_EQ(counts(rows("2", "qualified"), options), "0 1 0 0");
  EXPECT_EQ(stored(),
            "N2|F2|L2|e@x.at|+43 1 111112|C2|P2|Pl2|qualified|62|72|[\"t2\"]|M2|No2|2026-01-02|R2|W2|i2|Fb2|Li2|S2|"
            "sms|V2|12.00");
}

TEST_P(ImportsStore, NewNotesKeepTheLinesOfFurtherAddressesAndNumbers) {
  ASSERT_EQ(counts("Name,Email,Email 2,Phone,Phone 2,Notes\nLa,la@x.at,la2@x.at,+43 660 1234567,+43 1 2345678,first\n"),
            "1 0 0 0");
  ImportOptions options;
  options.duplicates = Duplicates::update;
  ASSERT_EQ(counts("Name,Email,Notes\nLa,la@x.at,second\n", options), "0 1 0 0");
  EXPECT_EQ(value("SELECT notes FROM leads"), "second\nEmail 2: la2@x.at\nPhone 2: +43 1 2345678");
}

TEST_P(ImportsStore, OfTwoWithOnePhoneTheOneWithTheSameInstagramIsMeant) {
  ASSERT_EQ(counts("Name,Email,Phone,Instagram\nAnna,a@x.at,+43 660 1234567,\nBert,b@x.at,+43 660 1234567,bert\n"),
            "2 0 0 0");
  ImportOptions options;
  options.duplicates = Duplicates::update;
  ASSERT_EQ(counts("Name,Phone,Company,Instagram\nZoe,+43 660 1234567,New,bert\n", options), "0 1 0 0");
  EXPECT_EQ(value("SELECT string_agg(name || ' ' || coalesce(company, '-'), ', ' ORDER BY email) FROM leads"),
            "Anna -, Zoe New");
}

TEST_P(ImportsStore, DuplicatesAreFoundInTheDatabaseAndInTheFile) {
  ASSERT_EQ(counts("name,email,phone,instagram\nAnna,anna@x.at,+43 660 111111,@anna\n"), "1 0 0 0");
  const std::string rows =
      "Other,,,https://instagram.com/ANNA/?x=1\n"  // by Instagram name
      "Other 2,ANNA@x.at,,\n"                      // by address
      "Other 3,,0043660/111111 ,\n"                // by number, however it is written
      "Other 4,,+43660111111,\n"                   // by number
      "anna,,,\n"                                  // by name
      "New,new@x.at,,\n"
      "New again,NEW@x.at,,\n"  // in the file
      ",only@x.at,,\n"
      ",only2@x.at,,\n"  // both called Unbekannt, and not the same
      "Short,,12345,\n"
      "Short 2,,12345,\n";  // too short a number to go by
  ImportOptions options;
  options.dry_run = true;
  EXPECT_EQ(counts(header + rows, options), "5 0 6 0");
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 1) << "a dry run stores none";
  EXPECT_EQ(counts(header + rows), "5 0 6 0");
  EXPECT_EQ(
      value("SELECT concat_ws(' ', imported, updated, duplicates, errors) FROM import_jobs WHERE imported = 5 AND "
            "NOT dry_run"),
      "5 0 6 0");
  EXPECT_EQ(counts(header + rows), "0 0 11 0");
  options = {};
  options.duplicates = Duplicates::none;
  EXPECT_EQ(counts(header + rows, options), "11 0 0 0");
}

TEST_P(ImportsStore, UpdatesFillInWhatRowsGiveInTheOrderOfTheFile) {
  ASSERT_EQ(counts("name,email,company\nAnna,anna@x.at,Old\n"), "1 0 0 0");
  ImportOptions options;
  options.duplicates = Duplicates::update;
  EXPECT_EQ(
      counts("name,email,company,phone\n,anna@x.at,First,\nAnna B,anna@x.at,,+43 1 5555555\nX,,Last,+4315555555\n",
             options),
      "0 3 0 0");
  EXPECT_EQ(value("SELECT concat_ws('|', name, email, company, phone, row_version) FROM leads"),
            "X|anna@x.at|Last|+4315555555|4");
}

TEST_P(ImportsStore, RefusedRowsAreKeptWithTheirText) {
  ImportOptions strict;
  strict.strict = true;
  EXPECT_EQ(counts("name,email\nAnna,nobody\nB\xFF,b@x.at\nC,c@x.at\n", strict), "1 0 0 2");
  EXPECT_EQ(
      value("SELECT string_agg(concat_ws('|', line, field, reason, content), E'\\n' ORDER BY line) FROM import_errors"),
      "2|email|must be an e-mail address|Anna,nobody\n3|name|" + std::string(not_of_its_charset) +
          "|B\xEF\xBF\xBD,b@x.at");
  EXPECT_EQ(value("SELECT errors FROM import_jobs"), "2");
  const auto id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  EXPECT_EQ(run_task(context_, imports_.list_errors(request_, id, {0, 0}))->size(), 2u);
  const auto behind = run_task(context_, imports_.list_errors(request_, id, {2, 0}));
  ASSERT_EQ(behind->size(), 1u);
  EXPECT_EQ(behind->rows[0].line, 3);
  const auto deleted = run_task(context_, imports_.delete_job(request_, id));
  EXPECT_TRUE(deleted);
  EXPECT_EQ(database_.run("SELECT count(*) FROM import_errors").integer(), 0);
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 1);
}

TEST_P(ImportsStore, ARowKeepsWhatFitsAndItsReportSaysWhatDoesNot) {
  EXPECT_EQ(counts("name,email,score,Farbe,phone\nAnna,nobody,x,rot,\n,nobody,,,\nC,c@x.at,5,,+43 660 1234567\n"),
            "2 0 0 1");
  EXPECT_EQ(value("SELECT string_agg(concat_ws('|', line, part, kind, field, reason), E'\\n' ORDER BY line, part) FROM "
                  "import_errors"),
            "2|0|field_dropped|email|must be an e-mail address; the row is in without it\n"
            "2|1|field_dropped|score|must be a whole number from 0 to 100; the row is in without it\n"
            "3|0|refused|email|must be an e-mail address");
  EXPECT_EQ(value("SELECT concat_ws('|', imported, errors, fields_dropped, unmapped_columns) FROM import_jobs"),
            "2|1|2|[\"Farbe\"]");
  EXPECT_EQ(value("SELECT string_agg(concat_ws('|', name, email, score), ',' ORDER BY name) FROM leads"),
            "Anna|0,C|c@x.at|5");
  const auto id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  const auto job = run_task(context_, imports_.get_job(request_, id));
  ASSERT_TRUE(job) << job.error().log_detail;
  EXPECT_EQ((*job)->fields_dropped, 2);
  const auto behind = run_task(context_, imports_.list_errors(request_, id, {2, 0}));
  ASSERT_EQ(behind->size(), 2u) << "the second of the line, and the next line";
  EXPECT_EQ(behind->rows[0].part, 1);
}

TEST_P(ImportsStore, RowsWhoseLeadIsThereAreNamedWithWhatChanged) {
  ASSERT_EQ(counts("name,email,phone,company\nAnna,anna@x.at,+43 660 1111111,Old\nBen,ben@x.at,,\n"), "2 0 0 0");
  const auto report = [&] {
    return value(
        "SELECT string_agg(concat_ws('|', e.line, e.part, e.kind, e.field, coalesce(l.name, '-'), e.changed), E'\\n' "
        "ORDER BY "
        "e.line, e.part) FROM import_errors AS e LEFT JOIN leads AS l ON l.id = e.lead_id WHERE e.job_id = (SELECT id "
        "FROM "
        "import_jobs ORDER BY created_at DESC LIMIT 1)");
  };
  const std::string rows =
      "name,email,phone,company,score\n"
      "Anna,ANNA@x.at,,New,hoch\n"  // by address, and a field less
      "Anna B,,+43 660 1111111,,\n"
      "ben,,,,\n"
      "Eva,eva@x.at,,,\n"
      "Eva,eva@x.at,,,7\n";  // in the file
  ImportOptions dry;
  dry.dry_run = true;
  EXPECT_EQ(counts(rows, dry), "1 0 4 0");
  const std::string skipped =
      "2|0|field_dropped|score|-\n2|1|skipped|email|Anna\n3|0|skipped|phone|Anna\n4|0|skipped|name|Ben\n";
  EXPECT_EQ(report(), skipped + "6|0|skipped|email|-") << "a lead of the file itself is not stored by a dry run";
  ImportOptions update;
  update.duplicates = Duplicates::update;
  EXPECT_EQ(counts(rows, update), "1 4 0 0");
  EXPECT_EQ(report(),
            "2|0|field_dropped|score|-\n2|1|updated|email|Anna B|email, company\n3|0|updated|phone|Anna B|name\n"
            "4|0|updated|name|ben|name\n6|0|updated|email|Eva|score");
  EXPECT_EQ(counts(rows), "0 0 5 0");
  EXPECT_EQ(report(),
            "2|0|field_dropped|score|-\n2|1|skipped|email|Anna B\n3|0|skipped|phone|Anna B\n"
            "4|0|skipped|name|ben\n5|0|skipped|email|Eva\n6|0|skipped|email|Eva");
  update.dry_run = true;
  EXPECT_EQ(counts("name,email\nEva,eva@x.at\n", update), "0 1 0 0");
  EXPECT_EQ(report(), "2|0|updated|email|Eva");
}

TEST_P(ImportsStore, FurtherAddressesAndNumbersGoToTheNotesAndStayThereOnce) {
  const std::string text =
      "Name,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Value,Phone 2 - Value,Notes\n"
      "Anna,a@x.at,a2@x.at,+43 660 1111111,+43 1 2222222,met at a fair\n"
      "Ben,,b2@x.at,,,\n";
  ASSERT_EQ(counts(text), "2 0 0 0");
  const auto stored = [&] {
    return value("SELECT string_agg(concat_ws('|', name, email, phone, notes), ', ' ORDER BY name) FROM leads");
  };
  const std::string anna =
      "Anna|a@x.at|+43 660 1111111|met at a fair\nE-mail 2 - Value: a2@x.at\nPhone 2 - Value: +43 1 2222222";
  EXPECT_EQ(stored(), anna + ", Ben|b2@x.at");
  ImportOptions options;
  options.duplicates = Duplicates::update;
  ASSERT_EQ(counts("Name,Email,Email\nAnna,a@x.at,a2@x.at\nBen,b2@x.at,b3@x.at\n", options), "0 2 0 0");
  ASSERT_EQ(counts("Name,Email,Email\nBen,b2@x.at,b3@x.at\n", options), "0 1 0 0");
  EXPECT_EQ(stored(), anna + "\nEmail: a2@x.at, Ben|b2@x.at|Email: b3@x.at") << "what stood there stays, once";
}

TEST_P(ImportsStore, BulkListsSayWhatBecameOfEachRow) {
  ASSERT_EQ(counts("name,email\nAnna,anna@x.at\n"), "1 0 0 0");
  PiecesSource source(
      R"([{"name":"Anna","status":"interessiert"},{"name":"Ben","status":"kein Interesse"},{"email":"x"},{"name":"Eva"}])");
  const auto end = run_task(context_, imports_.bulk(request_, source, Duplicates::update));
  ASSERT_TRUE(end) << end.error().public_detail;
  EXPECT_EQ(end->total_processed, 4);
  EXPECT_EQ(end->created, 2);
  EXPECT_EQ(end->updated, 1);
  ASSERT_EQ(end->problems.size(), 1u);
  EXPECT_EQ(end->problems[0].line, 3u);
  EXPECT_EQ(end->leads.size(), 3u);
  EXPECT_EQ(value("SELECT string_agg(concat_ws(' ', name, status, score), ', ' ORDER BY name) FROM leads"),
            "Anna qualified 60, Ben lost 0, Eva new 20");
}

TEST_P(ImportsStore, PreviewsAndBulkListsEndWhereTheirBoundsAre) {
  PiecesSource file(header + people(0, 101));
  const auto preview = run_task(context_, imports_.preview(file, {}));
  ASSERT_TRUE(preview);
  EXPECT_EQ(preview->rows_checked, 100);
  EXPECT_EQ(preview->sample_rows.size(), 10u);
  std::string list = "[{}";
  for (std::size_t i = 0; i < bulk_rows_max; ++i)
    list += ",{}";
  PiecesSource many(list + "]");
  const auto refused = run_task(context_, imports_.bulk(request_, many, Duplicates::skip));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errors.at(0).field, "leads");
}

INSTANTIATE_TEST_SUITE_P(Pools, ImportsStore, testing::Values(On::direct, On::pooled, On::found), name_of);

class LeadKeys : public testing::Test {
 protected:
  test::TestDatabase database_;
};

TEST_F(LeadKeys, OfInstagramAreTheSameByTextFunctionsAsByAnExpression) {
  const auto differing = database_.run(R"sql(
    WITH samples (t) AS (VALUES (NULL), (''), (' '), ('@'), ('@@anna'), (' @Anna '), (E'\tanna\n'), ('ANNA'), ('ä@ö'),
      ('instagram.com'), ('instagram.com/anna'), ('https://www.instagram.com/@Anna/?x#y'), ('http://m.instagram.com/'),
      ('anna?x'), ('anna#x'), ('https://x.at/anna'), ('/anna'), (repeat('x', 200)), (repeat('1', 99)), ('+43 660 / 12-34'),
      ('12345'), ('123456'), ('(0)6-6 0'), ('+++++++'), ('a1b2c3d4e5f6'), ('１２３４５６'))
    SELECT count(*) FROM samples
    WHERE public.salesflow_instagram_key(t) IS DISTINCT FROM nullif(left(regexp_replace(lower(btrim(t, E' \t\r\n')),
            '^(https?://)?((www\.|m\.)?instagram\.com/)?@?([^/?#]*).*$', '\4'), 101), '')
  )sql");
  EXPECT_EQ(differing.integer(), 0);
}

}  // namespace
}  // namespace salesflow::imports
