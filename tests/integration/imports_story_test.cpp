// Leads and opportunities from files: over HTTP in every shape, through a server that is killed, and as commands.
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "build_paths.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

namespace fs = std::filesystem;
using Row = std::vector<std::string>;

const Headers csv_type{{"Content-Type", "text/csv"}};

std::string people(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) {
    const std::string n = std::to_string(i);
    text += "Person " + n + ";p" + n + "@example.com;+43 660 " + std::to_string(1'000'000 + i) + "\n";
  }
  return text;
}

class ImportsStory : public ServerStory {
 protected:
  Environment environment() {
    return server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
  }
  CommandResult command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "import");
    return run_salesflow(std::move(arguments), environment());
  }
  JsonAnswer import_csv(const std::string& token, const std::string& text, const std::string& query = "") {
    return server().call("POST", "/api/leads/import" + query, token, text, csv_type);
  }
  std::string write_file(const std::string& name, const std::string& content) {
    const auto path = fs::path(testing::TempDir()) / ("salesflow_" + std::to_string(::getpid()) + "_" + name);
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
};

TEST_F(ImportsStory, ACsvFileBecomesAJobWithAReport) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string text =
      "\xEF\xBB\xBFKunde;E-Mail;Mobil;Status;Farbe\r\n\"Huber; "
      "Anna\";anna@x.at;;interessiert\r\nBen;nobody;;\r\n;;;\r\n"
      "Eva;eva@x.at;+43 1 234567;kein Interesse\r\nEva Again;EVA@x.at;;\r\n";
  const auto dry = import_csv(anna.token, text, "?dry_run=true&map=name%3DKunde");
  ASSERT_EQ(dry.status, 202) << dry.raw.body;
  EXPECT_EQ(dry.body.at("imported").as_int64(), 3);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 0);

  const auto done = import_csv(anna.token, text, "?map=name%3DKunde&set=source%3Dfair&file_name=leads.csv");
  ASSERT_EQ(done.status, 202) << done.raw.body;
  EXPECT_EQ(done.body.at("status").as_string(), "completed");
  EXPECT_EQ(done.body.at("imported").as_int64(), 3);
  EXPECT_EQ(done.body.at("duplicates").as_int64(), 1);
  EXPECT_EQ(done.body.at("errors").as_int64(), 1);
  EXPECT_EQ(done.body.at("fields_dropped").as_int64(), 1);
  EXPECT_EQ(json::serialize(done.body.at("unmapped_columns")), R"(["Farbe"])");
  EXPECT_EQ(done.body.at("progress").at("percent").to_number<double>(), 100.0);
  const std::string path = done.header("Location");
  EXPECT_EQ(server().get(path, anna.token).body, done.body);
  EXPECT_EQ(server().get(path + "/errors", anna.token).raw.body,
            "line,field,reason,row,kind,lead_id,changed\r\n"
            "3,email,\"must be an e-mail address; the row is in without it\",\"Ben,nobody,,\",field_dropped,,\r\n"
            "4,name,\"is empty, and so are email, phone and instagram\",\",,,\",refused,,\r\n"
            "6,email,is that of a lead that is there already,,skipped," +
                database.run("SELECT id FROM leads WHERE name = 'Eva'").value() + ",\r\n");
  EXPECT_EQ(
      database.run("SELECT string_agg(concat_ws('|', name, status, score, source), ', ' ORDER BY name) FROM leads")
          .value(),
      "Ben|new|0|fair, Eva|lost|0|fair, Huber; Anna|qualified|60|fair");
  EXPECT_EQ(server().get("/api/leads/import", anna.token).body.at("count").as_int64(), 2);

  const auto ben = server().sign_up("ben@example.com");
  EXPECT_EQ(server().get(path, ben.token).status, 404);
  EXPECT_EQ(server().get(path + "/errors", ben.token).status, 404);
  EXPECT_EQ(server().call("PUT", path, ben.token, text, csv_type).status, 404);
  EXPECT_EQ(server().call("DELETE", path, ben.token).status, 404);
  EXPECT_EQ(server().call("DELETE", path, anna.token).status, 204);
  EXPECT_EQ(server().get(path, anna.token).status, 404);
}

TEST_F(ImportsStory, FilesComeInTheCharsetOfTheirWriters) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string latin = "sep=;\r\nVorname;Nachname;E-Mail-Adresse\r\nJ\xFCrgen;Gro\xDF;j@x.at\r\n";
  const auto import = [&](const std::string& path, const std::string& type, const std::string& body) {
    return server().call("POST", path, anna.token, body, {{"Content-Type", type}});
  };
  const auto names = [&] { return database.run("SELECT string_agg(name, ',' ORDER BY name) FROM leads").value(); };
  const auto unsaid = import("/api/leads/import", "text/csv", latin);
  EXPECT_EQ(unsaid.body.at("errors").as_int64(), 1) << unsaid.raw.body;
  EXPECT_NE(server().get(unsaid.header("Location") + "/errors", anna.token).raw.body.find("charset=windows-1252"),
            std::string::npos)
      << "the way out";
  const auto preview = import("/api/leads/import/preview?charset=windows-1252", "text/csv", latin);
  EXPECT_EQ(json::serialize(preview.body.at("sample_rows")), R"([["Jürgen","Groß","j@x.at"]])") << preview.raw.body;
  EXPECT_EQ(json::value_to<std::string>(preview.body.at("delimiter")), ";");
  const auto done = import("/api/leads/import", "text/csv; charset=\"windows-1252\"", latin);
  ASSERT_EQ(done.status, 202) << done.raw.body;
  EXPECT_EQ(done.body.at("imported").as_int64(), 1) << done.raw.body;
  EXPECT_EQ(names(), "Jürgen Groß");
  EXPECT_EQ(json::value_to<std::string>(done.body.at("options").at("charset")), "windows-1252");
  std::string utf16 = "\xFE\xFF";
  for (const char c : std::string("Name\tE-Mail\r\nEva\te@x.at\r\n"))
    utf16 += std::string{'\0', c};
  EXPECT_EQ(import("/api/leads/import", "text/csv", utf16).body.at("imported").as_int64(), 1);
  const std::string file =
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\nContent-Type: text/csv; "
      "charset=ISO-8859-1\r\n\r\nName\r\n\xC4nne\r\n--XX--";
  const auto form = import("/api/leads/import", "multipart/form-data; boundary=XX", file);
  EXPECT_EQ(form.body.at("imported").as_int64(), 1) << form.raw.body;
  EXPECT_EQ(names(), "Eva,Jürgen Groß,Änne");
  const auto unknown = import("/api/leads/import", "text/csv; charset=klingon", latin);
  EXPECT_EQ(unknown.status, 415);
  EXPECT_NE(unknown.detail().find("klingon"), std::string::npos);
  EXPECT_EQ(import("/api/leads/import?charset=klingon", "text/csv", latin).first_field(), "query.charset");
  const auto workbook =
      import("/api/leads/import", "text/csv", "PK\x03\x04" + std::string(26, '\x01') + "[Content_Types].xml");
  EXPECT_EQ(workbook.status, 422);
  EXPECT_NE(workbook.detail().find("an Excel workbook (XLSX)"), std::string::npos) << workbook.raw.body;
}

TEST_F(ImportsStory, ListsAndFormsAnswerAsOldClientsKnowThem) {
  const auto anna = server().sign_up("anna@example.com");
  const auto list = server().call("POST", "/api/leads/import", anna.token,
                                  R"({"leads":[{"name":"A"},{"fullName":"B","email":"b@x.at"},{"email":"x"}]})");
  ASSERT_EQ(list.status, 200) << list.raw.body;
  EXPECT_EQ(list.body.at("imported").as_int64(), 2);
  EXPECT_EQ(list.body.at("errors").as_int64(), 1);
  EXPECT_EQ(list.body.at("total").as_int64(), 3);
  const auto lines = server().call("POST", "/api/leads/import", anna.token, "{\"name\":\"L1\"}\n{\"name\":\"L2\"}\n",
                                   {{"Content-Type", "application/x-ndjson"}});
  EXPECT_EQ(lines.status, 202) << lines.raw.body;

  const std::string file =
      "\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"x.csv\"\r\n\r\nWer,Mail\r\nC,c@x.at\r\nB,b@x.at\r\n";
  const std::string mapping = "\r\nContent-Disposition: form-data; name=\"mapping\"\r\n\r\n{\"Wer\":\"name\"}\r\n";
  const std::string keep = "\r\nContent-Disposition: form-data; name=\"skip_duplicates\"\r\n\r\nfalse\r\n";
  const Headers form{{"Content-Type", "multipart/form-data; boundary=XX"}};
  const auto first =
      server().call("POST", "/api/leads/import", anna.token, "--XX" + mapping + "--XX" + file + "--XX--", form);
  ASSERT_EQ(first.status, 200) << first.raw.body;
  EXPECT_EQ(first.raw.body.substr(0, 71), R"({"success":true,"imported":1,"duplicates":1,"errors":0,"total_rows":2,)"
                                          "\"");
  const auto second = server().call("POST", "/api/leads/import", anna.token,
                                    "--XX" + file + "--XX" + keep + "--XX" + mapping + "--XX--", form);
  ASSERT_EQ(second.status, 200) << second.raw.body;
  EXPECT_EQ(second.body.at("imported").as_int64(), 2);

  const auto preview =
      server().call("POST", "/api/leads/import/preview", anna.token, "Wer;Mail;Farbe\nD;d@x.at;rot\nE;x;\n", csv_type);
  ASSERT_EQ(preview.status, 200) << preview.raw.body;
  EXPECT_EQ(json::serialize(preview.body.at("columns")), R"(["Wer","Mail","Farbe"])");
  EXPECT_EQ(json::serialize(preview.body.at("mapping")), R"({"email":"Mail"})");
  EXPECT_EQ(json::serialize(preview.body.at("unmapped")), R"(["Wer","Farbe"])");
  EXPECT_EQ(preview.body.at("rows_valid").as_int64(), 1);
  EXPECT_EQ(server().get("/api/leads/import/columns", anna.token).body.at("columns").as_array().size(), 25u);
  const auto columns = server().call("GET", "/api/leads/import/columns", anna.token, "Name,Farbe\nA,B\n", csv_type);
  EXPECT_EQ(json::serialize(columns.body.at("mapping")), R"({"name":"Name"})") << columns.raw.body;
}

TEST_F(ImportsStory, BulkListsUnderstandGermanAndEnglish) {
  const auto anna = server().sign_up("anna@example.com");
  const auto bulk = [&](const std::string& body) {
    return server().call("POST", "/api/leads/bulk-import", anna.token, body);
  };
  const auto made = bulk(
      R"({"leads":[{"name":"A","status":"Termin vereinbart"},{"name":"B","status":"not interested"},{"name":"C"},{"name":"a"},{"email":"bad"}]})");
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_EQ(made.body.at("total_processed").as_int64(), 5);
  EXPECT_EQ(made.body.at("created").as_int64(), 3);
  EXPECT_EQ(made.body.at("duplicates_skipped").as_int64(), 1);
  ASSERT_EQ(made.body.at("known").as_array().size(), 1u) << made.raw.body;
  EXPECT_EQ(made.body.at("known").at(0).at("row").as_int64(), 4);
  EXPECT_EQ(made.body.at("known").at(0).at("kind").as_string(), "skipped");
  EXPECT_EQ(made.body.at("known").at(0).at("matched_by").as_string(), "name");
  EXPECT_EQ(made.body.at("errors").as_int64(), 1);
  EXPECT_EQ(made.body.at("error_details").at(0).at("field").as_string(), "email");
  std::set<std::string> leads;
  for (const auto& lead : made.body.at("leads").as_array())
    leads.insert(json::value_to<std::string>(lead.at("name")) + " " + json::value_to<std::string>(lead.at("status")) +
                 " " + json::value_to<std::string>(lead.at("temperature")) + " " +
                 std::to_string(lead.at("score").as_int64()));
  EXPECT_EQ(leads, (std::set<std::string>{"A meeting hot 90", "B lost cold 0", "C new cold 20"}));
  const auto changed = bulk(R"({"leads":[{"name":"A","company":"Firma"}],"update_existing":true})");
  EXPECT_EQ(changed.body.at("updated").as_int64(), 1) << changed.raw.body;
  EXPECT_EQ(bulk(R"({"leads":[{"name":"A"}],"merge_duplicates":false})").body.at("created").as_int64(), 1);
  EXPECT_EQ(bulk(R"({"leads":{}})").first_field(), "leads");
  EXPECT_EQ(bulk("{}").first_field(), "leads");
}

TEST_F(ImportsStory, ABareArrayOfLeadsIsStoredInOneCallAndOnceByItsKey) {
  const auto anna = server().sign_up("anna@example.com");
  const auto bulk = [&](const std::string& body, const Headers& headers = {}) {
    return server().call("POST", "/api/leads/bulk", anna.token, body, headers);
  };
  const Headers key{{"Idempotency-Key", "bulk-1"}};
  const std::string two = R"( [{"name":"A"},{"name":"B","email":"b@example.com"},{"email":"bad"}])";
  const auto made = bulk(two, key);
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_TRUE(made.body.at("success").as_bool());
  EXPECT_EQ(made.body.at("created").as_int64(), 2);
  EXPECT_EQ(made.body.at("errors").as_int64(), 1) << "a bad one does not hold up the others";
  EXPECT_EQ(made.body.at("leads").as_array().size(), 2u);
  EXPECT_EQ(bulk(two, key).raw.body, made.raw.body);
  EXPECT_EQ(bulk(two).body.at("duplicates_skipped").as_int64(), 2);
  EXPECT_EQ(bulk(R"({"leads":[{"name":"C"}]})").body.at("created").as_int64(), 1);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 3);
  for (const char* broken : {"[{]", "", "[{\"name\":\"x\"}] x"})
    EXPECT_EQ(bulk(broken).status, 400) << broken;
  EXPECT_EQ(bulk("7").status, 422);
  std::string many = "[";
  for (int i = 0; i < 5'001; ++i)
    many += (i ? ",{\"name\":\"n" : "{\"name\":\"n") + std::to_string(i) + "\"}";
  EXPECT_EQ(bulk(many + "]").status, 422) << "5,000 at most";
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 3);
}

TEST_F(ImportsStory, NonsenseIsRefusedByNameAndWritesNothing) {
  const auto anna = server().sign_up("anna@example.com");
  std::string wide = "name";
  for (int i = 0; i < 10'000; ++i)
    wide += ";c" + std::to_string(i);
  struct Case {
    std::string query, type, body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"", "text/csv", "", 422, "file"},
      {"", "text/csv", "Farbe;Form\nrot;rund\n", 422, "mapping"},
      {"", "text/csv", wide + "\nA\n", 422, "file"},
      {"", "text/csv", std::string("n\0a\0m\0e\0\n\0A\0\n\0", 14), 422, "mapping"},
      {"", "text/csv", "name\nA,\"open" + std::string(2'000'000, 'x'), 400, ""},
      {"?map=name%3DWer", "text/csv", "name\nA\n", 422, "mapping.name"},
      {"?map=shoe%3Dname", "text/csv", "name\nA\n", 422, "mapping"},
      {"?map=x", "text/csv", "name\nA\n", 422, "query.map"},
      {"?set=score%3D1e400", "text/csv", "name\nA\n", 422, "set.score"},
      {"?duplicates=maybe", "text/csv", "name\nA\n", 422, "query.duplicates"},
      {"?delimiter=ab", "text/csv", "name\nA\n", 422, "query.delimiter"},
      {"?job_id=7", "text/csv", "name\nA\n", 422, "query.job_id"},
      {"", "text/plain", "name\nA\n", 415, ""},
      {"", "application/json", "", 400, "body"},
      {"", "application/json", "7", 422, "body"},
      {"", "application/json", "{}", 422, "leads"},
      {"", "application/json", R"({"leads":"x"})", 422, "leads"},
      {"", "application/json", R"([{"name":"A"}, {"name")", 400, "body"},
      {"", "multipart/form-data", "x", 400, "header.Content-Type"},
      {"", "multipart/form-data; boundary=XX", "x", 400, "body"},
      {"", "multipart/form-data; boundary=XX", "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--XX--", 422,
       "file"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.query + " " + bad.type + " " + bad.body.substr(0, 60));
    const auto answer =
        server().call("POST", "/api/leads/import" + bad.query, anna.token, bad.body, {{"Content-Type", bad.type}});
    EXPECT_EQ(answer.status, bad.status) << answer.raw.body;
    EXPECT_NE(answer.detail(), "");
    if (!bad.field.empty()) {
      EXPECT_EQ(answer.first_field(), bad.field) << answer.raw.body;
    }
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 0);
  const auto money =
      import_csv(anna.token, "name,customer_value\nA,1e400\nB,NaN\nC,0.001\nD,\"1,50\"\nE\xFF,1\n", "?strict=true");
  EXPECT_EQ(money.body.at("errors").as_int64(), 4) << money.raw.body;
  EXPECT_EQ(database.run("SELECT string_agg(name || customer_value, '') FROM leads").value(), "D1.50");
  const std::string id = json::value_to<std::string>(money.body.at("id"));
  EXPECT_EQ(import_csv(anna.token, "name\nZ\n", "?job_id=" + id).status, 409);
  EXPECT_EQ(server().get("/api/leads/import/nonsense", anna.token).status, 400);
  EXPECT_EQ(server().get("/api/leads/import").status, 401);
}

TEST_F(ImportsStory, AKilledServerLeavesWholeBatchesAndTheSameFileEndsTheImport) {
  constexpr int rows = 25'000;
  const std::string text = "Name;Mail;Telefon\n" + people(0, rows);
  std::string token, path;
  int killed_in_the_middle = 0;
  for (const int batches : {1, 3}) {
    database.run("TRUNCATE leads CASCADE");  // while no server runs: its worker's locks come in another order
    RunningServer running(environment());
    if (token.empty())
      token = running.sign_up("anna@example.com").token;
    const std::string id =
        batches == 1 ? "0190a6f2-7c3d-7abc-9def-000000000001" : "0190a6f2-7c3d-7abc-9def-000000000002";
    path = "/api/leads/import/" + id;
    std::thread sender([&] {
      try {
        running.call("POST", "/api/leads/import?job_id=" + id, token, text, csv_type);
      } catch (const std::exception&) {  // that is what a client sees of a kill
      }
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (database.run("SELECT count(*) FROM leads").integer() < batches * 5'000 &&
           std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    running.process().signal(SIGKILL);
    sender.join();
    // Its sessions may still end what they were sent.
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = "
        "'salesflow_app'");
    const auto stored = database.run("SELECT count(*) FROM leads").integer();
    EXPECT_TRUE(stored == rows || stored % 5'000 == 0) << stored;
    EXPECT_EQ(database.run("SELECT rows_read FROM import_jobs WHERE id = $1", {id}).integer(), stored);
    killed_in_the_middle += stored < rows;

    RunningServer next(environment());
    const auto resumed = next.call("PUT", path, token, text, csv_type);
    ASSERT_EQ(resumed.status, 202) << resumed.raw.body;
    EXPECT_EQ(resumed.body.at("status").as_string(), "completed");
    EXPECT_EQ(resumed.body.at("imported").as_int64(), rows);
    EXPECT_EQ(
        database.run("SELECT count(*) || ' ' || count(DISTINCT email) || ' ' || sum(substr(name, 8)::int) FROM leads")
            .value(),
        std::to_string(rows) + " " + std::to_string(rows) + " " + std::to_string(rows / 2 * (rows - 1L)));
    const auto other = next.call("PUT", path, token, "Name\nX\n", csv_type);
    EXPECT_EQ(other.status, 202) << "a completed import stays as it is: " << other.raw.body;
  }
  EXPECT_GT(killed_in_the_middle, 0) << "the kill came too late to show anything";
}

TEST_F(ImportsStory, TheCommandShowsResumesAndReports) {
  server().sign_up("anna@example.com");
  const auto file = write_file("leads.csv", "Name;Mail;Farbe\nAnna;anna@x.at;rot\nBen;nobody;\n;nobody;\n");
  const auto report = write_file("refused.csv", "");
  const auto done = command({"leads", file, "--user", "anna@example.com", "--errors", report, "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.output;
  EXPECT_NE(done.output.find(R"("rows_read":3,"imported":2,"updated":0,"duplicates":0,"errors":1,"fields_dropped":1,)"
                             R"("unmapped_columns":["Farbe"])"),
            std::string::npos)
      << done.output;
  std::ifstream refused(report);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(refused)), {}),
            "line,field,reason,row,kind,lead_id,changed\r\n"
            "3,email,\"must be an e-mail address; the row is in without it\",\"Ben,nobody,\",field_dropped,,\r\n"
            "4,email,must be an e-mail address,\",nobody,\",refused,,\r\n");
  const std::string id = database.run("SELECT id FROM import_jobs").value();
  EXPECT_EQ(command({"leads", file, "--user", "anna@example.com", "--resume", id}).exit_code, 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 2);
  const auto plain = command({"leads", file, "--user", "anna@example.com", "--duplicates", "none", "--strict"});
  EXPECT_NE(plain.output.find("1 imported"), std::string::npos) << plain.output;
  EXPECT_NE(plain.output.find("2 refused"), std::string::npos) << plain.output;
  EXPECT_NE(plain.output.find("Columns that fill nothing: Farbe"), std::string::npos) << plain.output;
  const auto unknown = command({"leads", file, "--user", "anna@example.com", "--charset", "klingon"});
  EXPECT_NE(unknown.exit_code, 0);
  EXPECT_NE(unknown.output.find("klingon"), std::string::npos) << unknown.output;
  const auto bad = command({"leads", file, "--user", "anna@example.com", "--map", "name=Wer"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.output.find("no column \"Wer\"; it has Name, Mail, Farbe"), std::string::npos) << bad.output;
}

/// The published opportunities, read in the plainest way: no field of theirs holds a comma or a quote.
std::vector<Row> read_plain(const fs::path& file) {
  std::vector<Row> rows;
  std::ifstream lines(file, std::ios::binary);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r'))
      line.pop_back();
    Row row;
    std::stringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');)
      row.push_back(field);
    row.resize(std::max<std::size_t>(row.size(), 8));
    rows.push_back(std::move(row));
  }
  rows.erase(rows.begin());
  return rows;
}

TEST_F(ImportsStory, RealFilesComeInAsLeadsAndWhatIsNotMappedIsNamed) {
  server().sign_up("anna@example.com");
  const auto told = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "leads");
    arguments.insert(arguments.end(), {"--user", "anna@example.com", "--json"});
    const auto done = command(std::move(arguments));
    const auto begin = done.output.find("\"rows_read\"");
    return begin == std::string::npos ? done.output : done.output.substr(begin, done.output.rfind('}') - begin);
  };
  const fs::path exports = fs::path(SALESFLOW_SOURCE_DIR) / "tests/support/exports";
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(exports)) {
    const bool is_german = file.path().filename() == "outlook-german.csv";
    const auto said = told({file.path().string(), "--charset", is_german ? "windows-1252" : "utf-8"});
    EXPECT_NE(said.find("\"duplicates\":0,\"errors\":0,\"fields_dropped\":0,\"unmapped_columns\":[\""),
              std::string::npos)
        << file.path().filename() << " " << said;
    ++files;
  }
  EXPECT_EQ(files, 9u);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 13);
  EXPECT_EQ(database.run("SELECT string_agg(name, ',' ORDER BY name) FROM leads WHERE name ~ 'J.rgen|Zo'").value(),
            "Jürgen Größ,Zoë Müller");
  const fs::path folder = fs::path(SALESFLOW_SOURCE_DIR).parent_path() / "shared/data/crm-opportunities";
  if (!fs::exists(folder)) {
    std::cout << "skipped: the real opportunities (shared/data/crm-opportunities beside the checkout) are not here\n";
    return;
  }
  EXPECT_EQ(
      told({(folder / "accounts.csv").string(), "--map", "name=account"}),
      R"("rows_read":85,"imported":85,"updated":0,"duplicates":0,"errors":0,"fields_dropped":0,"unmapped_columns":)"
      R"(["sector","year_established","revenue","employees","office_location","subsidiary_of"])");
  EXPECT_EQ(
      told({(folder / "sales_teams.csv").string(), "--map", "name=sales_agent"}),
      R"("rows_read":35,"imported":35,"updated":0,"duplicates":0,"errors":0,"fields_dropped":0,"unmapped_columns":)"
      R"(["manager","regional_office"])");
  const auto report = write_file("pipeline.csv", "");
  EXPECT_EQ(
      told({(folder / "sales_pipeline.csv").string(), "--map", "name=account,position=product", "--errors", report}),
      R"("rows_read":8800,"imported":0,"updated":0,"duplicates":7375,"errors":1425,"fields_dropped":0,)"
      R"("unmapped_columns":["opportunity_id","sales_agent","deal_stage","engage_date","close_date","close_value"])");
  std::ifstream lines(report);
  std::map<std::string, int> kinds;
  for (std::string line; std::getline(lines, line);) {
    for (const char* kind : {",refused,", ",skipped,"})
      kinds[kind] += line.find(kind) != std::string::npos;
  }
  EXPECT_EQ(kinds[",refused,"], 1425);
  EXPECT_EQ(kinds[",skipped,"], 7375) << "each row is there or named";
}

TEST_F(ImportsStory, TheRealOpportunitiesComeOutAsTheyWentIn) {
  const fs::path folder = fs::path(SALESFLOW_SOURCE_DIR).parent_path() / "shared/data/crm-opportunities";
  if (!fs::exists(folder)) {
    std::cout << "skipped: the real opportunities (shared/data/crm-opportunities beside the checkout) are not here\n";
    return;
  }
  server().sign_up("anna@example.com");
  const auto first = command({"opportunities", folder.string(), "--user", "anna@example.com", "--json"});
  ASSERT_EQ(first.exit_code, 0) << first.output;
  for (
      const char* said :
      {R"("created":8800,"already_there":0,"without_account":1425,"without_engage_date":500,"without_close_date":2089)",
       R"("agents":{"created":35,"already_there":0,"with_deals":30})",
       R"("value":"technolgy","rows":12,"looks_like":"technology")",
       R"("value":"GTXPro","rows":1480,"looks_like":"GTX Pro")", R"("problems":[])"})
    EXPECT_NE(first.output.find(said), std::string::npos) << said << " in " << first.output;
  const auto second = command({"opportunities", folder.string(), "--user", "anna@example.com", "--json"});
  EXPECT_NE(second.output.find(R"("created":0,"already_there":8800)"), std::string::npos) << second.output;
  EXPECT_EQ(database.run("SELECT count(*) || ' ' || (SELECT count(*) FROM contacts) FROM deals").value(), "8800 85");

  // Independently of the importer: what the file says, by agent, quarter, product and stage.
  using Sums = std::map<std::string, std::string>;
  struct Sum {
    long deals = 0, won = 0, value = 0;
  };
  std::map<std::string, Sum> expected[4];
  const auto rows = read_plain(folder / "sales_pipeline.csv");
  ASSERT_EQ(rows.size(), 8'800u);
  for (const Row& row : rows) {
    std::string quarter = "open";
    if (!row[6].empty()) {
      const int month = std::stoi(row[6]);
      quarter = row[6].substr(row[6].rfind('/') + 1) + "-Q" + std::to_string((month + 2) / 3);
    }
    const std::string keys[] = {row[1], quarter, row[2], row[4]};
    for (int by = 0; by < 4; ++by) {
      Sum& sum = expected[by][keys[by]];
      ++sum.deals;
      if (row[4] == "Won") {
        ++sum.won;
        sum.value += std::stol(row[7]);
      }
    }
  }
  const char* const keys[] = {
      "(SELECT name FROM users WHERE id = d.owner_id)",
      "coalesce(to_char(d.closed_at AT TIME ZONE 'UTC', 'YYYY-\"Q\"Q'), 'open')", "d.products -> 0 ->> 'name'",
      "CASE d.stage WHEN 'won' THEN 'Won' WHEN 'lost' THEN 'Lost' WHEN 'new' THEN 'Prospecting' ELSE 'Engaging' END"};
  for (int by = 0; by < 4; ++by) {
    Sums wanted, found;
    for (const auto& [key, sum] : expected[by])
      wanted[key] = std::to_string(sum.deals) + " " + std::to_string(sum.won) + " " + std::to_string(sum.value);
    const auto groups = database.run(std::string("SELECT string_agg(k || '=' || v, ';') FROM (SELECT ") + keys[by] +
                                     " AS k, count(*) || ' ' || count(*) FILTER (WHERE d.won) || ' ' || "
                                     "coalesce(sum(d.value) FILTER (WHERE d.won), 0)::int8 "
                                     "AS v FROM deals AS d GROUP BY 1) AS g");
    std::stringstream list(groups.value());
    for (std::string group; std::getline(list, group, ';');)
      found[group.substr(0, group.find('='))] = group.substr(group.find('=') + 1);
    EXPECT_EQ(found, wanted) << keys[by];
  }
}

}  // namespace
}  // namespace salesflow::test
