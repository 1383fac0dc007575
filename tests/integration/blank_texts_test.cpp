// Names of blanks: every short text of every body in /openapi.json, so that a new route cannot forget it.
#include <algorithm>
#include <ctime>

#include "features/webhooks/signature.hpp"
#include "tests/integration/plain_requests.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class BlankTexts : public ServerStory {
 protected:
  RunningServer::Person anna = server().sign_up("anna@example.com");

  struct Field {
    std::string method, target, name;
    json::object body;  // with the blank in it
    std::string named;  // as the answer has to call it
  };

  /// As anna; what webhooks take is signed with a secret of hers.
  JsonAnswer send(const Field& field) {
    constexpr std::string_view hooks = "/api/webhooks/";
    if (!field.target.starts_with(hooks) || field.target.starts_with("/api/webhooks/secrets"))
      return server().call(field.method, field.target, anna.token, json::serialize(field.body));
    const std::string channel = field.target.substr(hooks.size());
    std::string& secret = secrets_[channel];
    if (secret.empty()) {
      const auto made = server().call("POST", "/api/webhooks/secrets", anna.token, R"({"channel":")" + channel + "\"}");
      secret = std::string(made.body.at("secret").as_string());
    }
    json::object owned = field.body;
    owned["user_id"] = anna.user_id;
    const std::string body = json::serialize(owned), timestamp = std::to_string(std::time(nullptr));
    return server().call(
        field.method, field.target, {}, body,
        {{"X-SalesFlow-Timestamp", timestamp}, {"X-SalesFlow-Signature", webhooks::sign(secret, timestamp, body)}});
  }

  /// Fields for a line of text that must not be empty: least length 1, at most 2,048 characters, no format, no choices.
  static bool is_short_text(const json::object& schema) {
    const auto* least = schema.if_contains("minLength");
    const auto* most = schema.if_contains("maxLength");
    return least && most && least->to_number<std::int64_t>() == 1 && most->to_number<std::int64_t>() <= 2048 &&
           !schema.contains("format") && !schema.contains("enum");
  }

  std::vector<Field> fields() {
    constexpr std::string_view blank = " \xC2\xA0\xE2\x80\x8B";
    const json::value document = server().get("/openapi.json").body;
    std::vector<Field> all;
    for (const auto& [path, operations] : document.at("paths").as_object()) {
      for (const auto& [method, operation] : operations.as_object()) {
        const auto* body = method == "parameters" ? nullptr : operation.as_object().if_contains("requestBody");
        const auto* content = body ? body->as_object().if_contains("content") : nullptr;
        const auto* json_body = content ? content->as_object().if_contains("application/json") : nullptr;
        if (!json_body || !json_body->as_object().contains("schema"))
          continue;
        const auto& schema = resolved(document, json_body->at("schema").as_object());
        const auto* properties = schema.if_contains("properties");
        for (const auto& [name, property] : properties ? properties->as_object() : json::object{}) {
          const auto& of = resolved(document, property.as_object());
          const auto* items = of.if_contains("items");
          const bool in_array = items && items->is_object() && is_short_text(resolved(document, items->as_object()));
          if (!in_array && !is_short_text(of))
            continue;
          Field field{std::string(method), std::string(path), std::string(name), {}, std::string(name)};
          std::transform(field.method.begin(), field.method.end(), field.method.begin(), ::toupper);
          for (auto open = field.target.find('{'); open != std::string::npos; open = field.target.find('{'))
            field.target.replace(open, field.target.find('}') + 1 - open, Uuid::v7().to_string());
          field.body = least_of(document, schema, "").as_object();
          if (in_array) {
            field.body[name] = json::array{blank};
            field.named += "[0]";
          } else {
            field.body[name] = blank;
          }
          all.push_back(std::move(field));
        }
      }
    }
    return all;
  }

 private:
  std::map<std::string, std::string> secrets_;
};

TEST_F(BlankTexts, AreRefusedAndNamedInEveryFieldThatMustNotBeEmpty) {
  std::map<std::string, int> routes;
  for (const Field& field : fields()) {
    if (field.target.starts_with("/api/ops/"))
      continue;  // for global administrators, whose words are of a closed list
    SCOPED_TRACE(field.method + " " + field.target + " " + field.name + " " + json::serialize(field.body));
    const auto answer = send(field);
    EXPECT_EQ(answer.status, 422) << answer.raw.body;
    EXPECT_EQ(answer.first_field(), field.named) << answer.raw.body;
    ++routes[field.method + " " + field.target.substr(0, field.target.find("/0"))];
  }
  for (const char* known : {"POST /api/contacts", "POST /api/leads", "POST /api/deals", "POST /api/tasks",
                            "POST /api/auth/signup", "POST /api/idps/conversations", "POST /api/webhooks/email"})
    EXPECT_TRUE(routes.contains(known)) << known << " has no such field any more: is the walk blind?";
}

TEST_F(BlankTexts, OuterBlanksAreTakenOffWhatIsStored) {
  const auto post = [&](const char* path, const char* body) { return server().call("POST", path, anna.token, body); };
  const auto contact = post("/api/contacts", R"({"name":" \u00a0Eva\u200b ","company":"\t ACME ","tags":[" vip "]})");
  EXPECT_EQ(contact.body.at("name"), "Eva") << contact.raw.body;
  EXPECT_EQ(contact.body.at("company"), "ACME");
  EXPECT_EQ(contact.body.at("tags"), json::array{"vip"});
  EXPECT_EQ(post("/api/deals", R"({"title":" Website\ufeff"})").body.at("title"), "Website");
  const auto lead = post("/api/leads", R"({"name":" Ida ","company":" X\u00a0"})");
  EXPECT_NE(lead.raw.body.find(R"("name":"Ida")"), std::string::npos) << lead.raw.body;
  EXPECT_NE(lead.raw.body.find(R"("company":"X")"), std::string::npos) << lead.raw.body;
  const auto task = post("/api/tasks", R"({"title":" Call ","due_at":"2027-01-01T10:00:00Z"})");
  EXPECT_NE(task.raw.body.find(R"("title":"Call")"), std::string::npos) << task.raw.body;
  const auto many = post("/api/contacts/bulk", R"([{"name":"a"},{"name":" \u200b"}])");
  EXPECT_EQ(many.status, 422);
  EXPECT_EQ(many.first_field(), "[1].name");
}

}  // namespace
}  // namespace salesflow::test
