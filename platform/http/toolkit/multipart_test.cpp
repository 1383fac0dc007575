#include "platform/http/toolkit/multipart.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"

namespace salesflow::http {
namespace {

class Pieces final : public BodyReader {
 public:
  Pieces(std::string text, std::size_t bytes) : text_(std::move(text)), bytes_(bytes) {}
  Task<Result<std::string>> next() override {
    std::string piece = text_.substr(at_, bytes_);
    at_ += piece.size();
    co_return piece;
  }
  bool is_read() const { return at_ == text_.size(); }

 private:
  std::string text_;
  std::size_t bytes_, at_ = 0;
};

Task<std::string> read_form(MultipartReader& form) {
  std::string text;
  while (true) {
    const auto part = co_await form.next_part();
    if (!part)
      co_return text + "! " + part.error().public_detail;
    if (!*part)
      co_return text;
    text += (*part)->name + "(" + (*part)->file_name.value_or("-") + ")=";
    const auto all = co_await form.read_all(**part, 100);
    if (!all)
      co_return text + "! " + all.error().public_detail;
    text += *all + ";";
  }
}

std::string form_of(const std::string& body, std::size_t bytes, bool* is_read = nullptr) {
  Pieces pieces(body, bytes);
  MultipartReader form(pieces, "XX");
  std::string text = test::run_task(read_form(form));
  if (is_read)
    *is_read = pieces.is_read();
  return text;
}

const std::string good =
    "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"mapping\"\r\n\r\n{\"a\":1}\r\n"
    "--XX\r\ncontent-disposition: form-data; filename=\"a \\\"b\\\"; c.csv\"; name=file\r\nContent-Type: "
    "text/csv\r\n\r\n"
    "x\r\n--X\r\n\r\n--XX\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--\r\nepilogue";

TEST(Multipart, PartsComeWholeHoweverTheBodyIsCut) {
  for (std::size_t bytes = 1; bytes < 40; ++bytes) {
    bool is_read = false;
    EXPECT_EQ(form_of(good, bytes, &is_read), "mapping(-)={\"a\":1};file(a \"b\"; c.csv)=x\r\n--X\r\n;empty(-)=;");
    EXPECT_TRUE(is_read) << "so that the connection can be used again";
  }
}

TEST(Multipart, WhatIsNoFormIsRefused) {
  EXPECT_EQ(form_of("", 5), "! The multipart body is not valid: it has no end");
  EXPECT_EQ(form_of("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nabc", 5),
            "a(-)=! The multipart body is not valid: a part has no end");
  EXPECT_EQ(form_of("--XX\r\nX: y\r\n\r\nabc\r\n--XX--", 5), "! The multipart body is not valid: a part has no name");
  EXPECT_EQ(form_of(std::string(20'000, 'x'), 1'000),
            "! The multipart body is not valid: a part's head is too long, or the boundary is another");
  EXPECT_EQ(
      form_of("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n" + std::string(200, 'y') + "\r\n--XX--", 50),
      "a(-)=! a may have at most 100 bytes");
}

TEST(Multipart, TheBoundaryIsReadFromTheType) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
  EXPECT_EQ(multipart_boundary("multipart/form-data"), "");
  EXPECT_EQ(multipart_boundary("text/csv; boundary=x"), "");
}

}  // namespace
}  // namespace salesflow::http
