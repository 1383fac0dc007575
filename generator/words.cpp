#include "generator/words.hpp"

namespace salesflow::generator {
namespace {

using Text = std::string_view;

constexpr Text german_first_names[] = {
    "Anna",      "Lukas",     "Sophie",     "Maximilian", "Lena",    "Jakob",  "Magdalena", "Felix",  "Johanna",
    "Tobias",    "Miriam",    "Florian",    "Katharina",  "Stefan",  "Birgit", "Jürgen",    "Käthe",  "Björn",
    "Zoë",       "Matthias",  "Elif",       "Mehmet",     "Aylin",   "Goran",  "Dragana",   "Marko",  "Ivana",
    "Piotr",     "Agnieszka", "Valentina",  "Paul",       "Clara",   "Emil",   "Ida",       "Moritz", "Frieda",
    "Leopold",   "Rosa",      "Konstantin", "Helene",     "Raphael", "Teresa", "Dominik",   "Julia",  "Andreas",
    "Christina", "Georg",     "Verena",     "Simon",      "Theresa"};
constexpr Text german_last_names[] = {
    "Gruber",     "Huber",    "Steiner", "Moser",    "Hofer",      "Leitner",   "Berger", "Fuchs",  "Eder",
    "Schwarz",    "Weiß",     "Müller",  "Größwang", "Öllinger",   "Übelacker", "Strauß", "Köberl", "Brandstätter",
    "Lechner",    "Aigner",   "Wallner", "Ebner",    "Haas",       "Reiter",    "Wimmer", "Egger",  "Yıldız",
    "Demir",      "Petrović", "Kovačić", "Nowak",    "Wiśniewska", "Horvath",   "Szabó",  "Novák",  "Dvořák",
    "Rossi",      "Bianchi",  "Lindner", "Seidl",    "Pichler",    "Winkler",   "Maier",  "Bauer",  "Schneider",
    "Zimmermann", "Vogel",    "Sommer",  "Winter",   "Kaiser"};
constexpr Text english_first_names[] = {"Olivia", "Harry", "Amelia", "George", "Isla",  "Noah",  "Ava",    "Jack",
                                        "Grace",  "Oscar", "Priya",  "Arjun",  "Aisha", "Omar",  "Chloé",  "Seán",
                                        "Niamh",  "Rhys",  "Megan",  "Callum", "Emma",  "Liam",  "Sofia",  "Ethan",
                                        "Mia",    "Logan", "Zara",   "Mason",  "Ruby",  "Theo",  "Hannah", "Daniel",
                                        "Leah",   "Adam",  "Freya",  "Ryan",   "Nadia", "Kwame", "Adaeze", "Tomás"};
constexpr Text english_last_names[] = {
    "Baker",   "Turner",   "Walker",   "Hughes",  "O'Brien", "O'Neill", "Fletcher",   "Harrison", "Palmer", "Reid",
    "Murray",  "Campbell", "Stewart",  "Patel",   "Shah",    "Khan",    "Okafor",     "Mensah",   "Nguyen", "Chen",
    "Bennett", "Collins",  "Cooper",   "Edwards", "Foster",  "Graham",  "Marsh",      "Lawson",   "Porter", "Quinn",
    "Rhodes",  "Sutton",   "Whitaker", "Yates",   "Barlow",  "Fairfax", "Hargreaves", "Kirby",    "Núñez",  "Beaumont"};
constexpr Text german_company_endings[] = {" GmbH", " GmbH & Co. KG", " AG", " e.U.", " OG", " KG"};
constexpr Text english_company_endings[] = {" Ltd", " LLP", " Inc.", " Partners", " & Sons", " Group"};
constexpr Text company_head_list[] = {"Nordlicht", "Bergblick", "Seewind",     "Alpenstein", "Morgenrot", "Silberbach",
                                      "Kornblume", "Lindenhof", "Falkenstein", "Auenland",   "Bluebird",  "Redwood",
                                      "Harbour",   "Stonegate", "Fernhill",    "Brightside", "Oakridge",  "Larkfield",
                                      "Northway",  "Summerlea", "Vivanto",     "Terranova",  "Kilomeo",   "Quintessa",
                                      "Solvanta",  "Meridiano", "Parcelo",     "Zentrix",    "Loomis",    "Avenzo"};
constexpr Text company_trade_list[] = {"Immobilien", "Consulting", "Finanz",  "Coaching", "Logistik", "Software",
                                       "Energy",     "Studio",     "Medical", "Academy",  "Handel",   "Ventures"};
constexpr Text german_cities[] = {"Wien", "Graz",       "Linz",   "Salzburg", "Innsbruck", "München",
                                  "Köln", "Düsseldorf", "Zürich", "Bern",     "Berlin",    "Hamburg"};
constexpr Text english_cities[] = {"London",    "Leeds",   "Bristol",    "Dublin", "Cork",
                                   "Edinburgh", "Cardiff", "Manchester", "Boston", "Austin"};
constexpr Text german_products[] = {"das Starterpaket", "die Premium-Betreuung", "das Jahresabo",
                                    "die Beratung",     "das Seminar",           "die Team-Lizenz"};
constexpr Text english_products[] = {"the starter plan",       "premium support", "the annual plan",
                                     "the consulting package", "the workshop",    "the team licence"};
constexpr Text german_days[] = {"Montag",  "Dienstag",      "Mittwoch", "Donnerstag",
                                "Freitag", "nächste Woche", "morgen",   "übermorgen"};
constexpr Text english_days[] = {"Monday", "Tuesday",   "Wednesday", "Thursday",
                                 "Friday", "next week", "tomorrow",  "later this month"};
constexpr Text german_greetings[] = {"Hallo {name},", "Guten Tag {name},", "Servus {name}!",
                                     "Liebe Grüße aus {company}, {name}!", "Grüß dich {name},"};
constexpr Text english_greetings[] = {"Hi {name},", "Hello {name},", "Dear {name},", "Good morning {name},",
                                      "Hey {name}!"};
constexpr Text german_closings[] = {"Liebe Grüße", "Beste Grüße aus Wien", "Bis bald!", "Danke und schönen Tag noch",
                                    "Mit freundlichen Grüßen"};
constexpr Text english_closings[] = {"Best regards", "Thanks a lot", "Speak soon!", "Cheers", "Kind regards"};
constexpr Text german_inbound[] = {"Ich habe mir {product} angesehen und hätte noch eine Frage dazu.",
                                   "Was kostet {product} für ein Team mit fünf Leuten?",
                                   "Können wir am {day} kurz telefonieren?",
                                   "Das klingt interessant, schick mir bitte mehr Informationen.",
                                   "Im Moment ist es leider etwas zu teuer für uns.",
                                   "Ich bin gerade im Urlaub und melde mich {day}.",
                                   "Unser Budget liegt bei ungefähr {amount} Euro im Monat.",
                                   "Mein Chef muss das noch freigeben, dann können wir loslegen.",
                                   "Gibt es dafür auch eine Demo oder einen Testzugang?",
                                   "Wir vergleichen gerade zwei Anbieter und entscheiden {day}.",
                                   "Der Termin passt super, ich freue mich schon darauf.",
                                   "Bitte schreib mir vorerst nicht mehr, ich habe keine Zeit.",
                                   "Kannst du mir das Angebot als PDF schicken?",
                                   "Bei {company} arbeiten wir schon länger mit so einer Lösung.",
                                   "Wie lange dauert die Einführung normalerweise?"};
constexpr Text german_outbound[] = {"Danke für deine Nachricht, ich schaue mir das gleich an.",
                                    "Ich habe dir gerade die Unterlagen zu {product} geschickt.",
                                    "Passt dir {day} um zehn Uhr für ein kurzes Gespräch?",
                                    "Wir hätten diese Woche noch einen Platz frei.",
                                    "Für {company} würde ich {product} empfehlen, das kostet {amount} Euro im Monat.",
                                    "Hast du schon Gelegenheit gehabt, dir das Angebot anzusehen?",
                                    "Viele unserer Kundinnen sparen damit mehrere Stunden pro Woche.",
                                    "Ich wollte nur kurz nachfragen, ob noch etwas offen ist.",
                                    "Gerne zeige ich dir das in einer kurzen Vorführung.",
                                    "Der Preis gilt noch bis Ende des Monats.",
                                    "Schön, dass wir uns auf der Messe getroffen haben!",
                                    "Sag mir einfach, was für dich am wichtigsten ist."};
constexpr Text english_inbound[] = {"I had a look at {product} and still have a question about it.",
                                    "How much is {product} for a team of five?",
                                    "Could we have a quick call on {day}?",
                                    "That sounds interesting, please tell me more.",
                                    "It is a bit too expensive for us at the moment.",
                                    "I'm travelling right now and will get back to you {day}.",
                                    "Our budget is around {amount} euros a month.",
                                    "My manager has to sign this off first.",
                                    "Is there a demo or a trial we could use?",
                                    "We are comparing two vendors and decide {day}.",
                                    "The appointment works for me, looking forward to it.",
                                    "Please don't write for now, I have no time.",
                                    "Could you send me the quote as a PDF?",
                                    "At {company} we have used something like this before.",
                                    "How long does the onboarding usually take?"};
constexpr Text english_outbound[] = {"Thanks for your message, I'm looking into it right away.",
                                     "I have just sent you the details of {product}.",
                                     "Does {day} at ten work for a short call?",
                                     "We have one slot left this week.",
                                     "For {company} I would recommend {product}, that is {amount} euros a month.",
                                     "Did you have a chance to look at the quote?",
                                     "Most of our customers save several hours a week with it.",
                                     "Just checking whether anything is still open.",
                                     "I'd be happy to show you this in a short demo.",
                                     "The price is valid until the end of the month.",
                                     "It was great to meet you at the fair!",
                                     "Just tell me what matters most to you."};
constexpr Text german_notes[] = {"Telefonat: will bis {day} Bescheid geben, Budget {amount} Euro.",
                                 "Interessiert sich für {product}, Entscheidung im Team.",
                                 "Hat schon einen Anbieter, Vertrag läuft bald aus.",
                                 "Bitte nur per E-Mail kontaktieren.", "Empfehlung von {name}, sehr freundlich."};
constexpr Text english_notes[] = {"Call: will decide by {day}, budget {amount} euros.",
                                  "Interested in {product}, decision is made by the team.",
                                  "Has a vendor already, contract ends soon.", "Contact by email only, please.",
                                  "Referred by {name}, very friendly."};
constexpr Text german_deal_titles[] = {"Einführung bei {company}", "{company}: Jahresvertrag", "Beratung {company}",
                                       "Erweiterung {company}"};
constexpr Text english_deal_titles[] = {"Rollout at {company}", "{company}: annual contract", "Consulting {company}",
                                        "{company} expansion"};
constexpr Text emoji_list[] = {"😊", "👍", "🙏", "🚀", "🎉", "👋", "💡", "📞", "❤️", "👩‍💼", "🇦🇹", "☕"};
constexpr Text tag_list[] = {"vip", "newsletter", "messe", "empfehlung", "stammkunde", "webinar", "demo", "rückruf"};

constexpr Words german{.first_names = german_first_names,
                       .last_names = german_last_names,
                       .company_endings = german_company_endings,
                       .cities = german_cities,
                       .products = german_products,
                       .days = german_days,
                       .greetings = german_greetings,
                       .closings = german_closings,
                       .inbound = german_inbound,
                       .outbound = german_outbound,
                       .notes = german_notes,
                       .deal_titles = german_deal_titles};
constexpr Words english{.first_names = english_first_names,
                        .last_names = english_last_names,
                        .company_endings = english_company_endings,
                        .cities = english_cities,
                        .products = english_products,
                        .days = english_days,
                        .greetings = english_greetings,
                        .closings = english_closings,
                        .inbound = english_inbound,
                        .outbound = english_outbound,
                        .notes = english_notes,
                        .deal_titles = english_deal_titles};

}  // namespace

const Words& words(Language language) noexcept {
  return language == Language::german ? german : english;
}
std::span<const std::string_view> company_heads() noexcept {
  return company_head_list;
}
std::span<const std::string_view> company_trades() noexcept {
  return company_trade_list;
}
std::span<const std::string_view> emoji() noexcept {
  return emoji_list;
}
std::span<const std::string_view> lead_tags() noexcept {
  return tag_list;
}

}  // namespace salesflow::generator
