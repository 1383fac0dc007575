#include "platform/text/html_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace salesflow {
namespace {

TEST(HtmlText, PlainTextStaysByteForByte) {
  for (const char* text : {"",
                           "hello",
                           "if (a<b && c>d)",
                           "if (a<b) { x > y; }",
                           "<eva@example.org>",
                           "Eva <eva@example.org> wrote:",
                           "I <3 you and 1 < 2 > 0",
                           "half open <b",
                           "a <b> c",
                           "vector<int> v; map<a, b> m;",
                           "List<String> a; </String>",
                           "Tom &amp; Jerry &lt;3",
                           "<<p>",
                           "<p",
                           "</p>",
                           "<-- see there -->",
                           "<https://example.org/a?b=c>",
                           "x <y> z </y>",
                           "  two\n\n lines ",
                           "<!-- kept -->",
                           "<a@b.org> and </a@b.org>",
                           "<b && c> d </e>"}) {
    EXPECT_FALSE(is_html(text)) << text;
    EXPECT_EQ(shown_text(text), text);
  }
}

TEST(HtmlText, ShowsWhatAMailProgramWouldShow) {
  const struct {
    const char *html, *text;
  } cases[] = {
      {"<p>a</p><p>b</p>", "a\n\nb"},
      {"a <br> b", "a\nb"},
      {"a<br/>b<BR>c", "a\nb\nc"},
      {"a<br><br>b", "a\n\nb"},
      {"<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
      {"<div>a<br></div><div>b</div>", "a\nb"},
      {"<b>bold</b> and <i>thin</i>text", "bold and thintext"},
      {"<style>p { color: red }</style><p>a</p>", "a"},
      {"<html><head><title>T</title><style>x{}</style></head><body>a</body></html>", "a"},
      {"<!DOCTYPE html><p>a", "a"},
      {"<script>if (a<b) document.write('<p>x</p>')</script>a<br>", "a"},
      {"<p>Gr&uuml;&szlig;e &amp; K&#252;sse &#x20AC; &nbsp;&lt;3</p>", "Grüße & Küsse € \xC2\xA0<3"},
      {"<ul><li>one</li><li>two<ul><li>inner</li></ul></li></ul>end", "- one\n- two\n  - inner\n\nend"},
      {"<ol><li>one<li>two</ol>", "1. one\n2. two"},
      {"<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><td>d</td></tr></table>", "a\tb\nc\td"},
      {"Yes.<blockquote>Really?<br>When?<blockquote>Soon</blockquote></blockquote>ok",
       "Yes.\n\n> Really?\n> When?\n\n> > Soon\n\nok"},
      {"<pre>a\n  b</pre>", "a\n  b"},
      {"<p>a\n   b\t c</p>", "a b c"},
      {"<p>a</p><!-- not <p>this</p> -->", "a"},
      {"<div style=\"Display : none\">preheader</div><p>a</p><p hidden>b</p>", "a"},
      {"<p>see <img src=x alt=\"a cat\"> there</p>", "see a cat there"},
      {"<h1>Title</h1>text", "Title\n\ntext"},
      {"<p>a<o:p></o:p></p><!--[if mso]><p>mso</p><![endif]-->", "a"},
      {"<a href=\"https://x.org/?a=1&amp;b=2\">here</a>", "here"},
      {"<b></b>", ""},
      {"<p>a<input hidden>b<img alt=pixel hidden></p><p hidden>c</p>", "ab"},
      {"<p>d</p><textarea>a <b> &amp; c</textarea>", "d\n\na <b> & c"},
      {"<div>a<template><p>not</p></template></div><br>", "a"},
      {"<p>a&#32;b&nbspc &unknown; &amp;amp; & &#150; 1 &lt 2</p>",
       "a b\xC2\xA0"
       "c &unknown; &amp; & \xE2\x80\x93 1 < 2"},
      {"<div style='display:none'>no end <p>but text</p>", "no end\n\nbut text"},
      {"<P CLASS=x>A</P ><Br />B", "A\n\nB"},
      {"<p>if (1 < 2)</p>", "if (1 < 2)"},
      {"<p title='a > b'>x</p>", "x"},
  };
  for (const auto& [html, text] : cases) {
    EXPECT_TRUE(is_html(html)) << html;
    EXPECT_EQ(shown_text(html), text) << html;
  }
}

std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i)
    text += piece;
  return text;
}

TEST(HtmlText, WhatIsMadeToHurtDoesNot) {
  EXPECT_EQ(html_to_text(repeat("<div>", 1'000'000) + "x"), "x");
  EXPECT_EQ(html_to_text(repeat("<blockquote>", 100'000) + "x"), "> > > > > > > > x");
  EXPECT_EQ(html_to_text(repeat("<ul><li>", 100'000) + "x"), "              - x");
  EXPECT_EQ(html_to_text(repeat("<table><tr><td>", 100'000) + "x"), "x");
  std::string bomb;  // every paragraph opens all of these again
  for (int i = 0; i < 20'000; ++i)
    bomb.append("<b class=c").append(std::to_string(i)).append(">");
  EXPECT_EQ(html_to_text(bomb + repeat("<p>x</p>", 20'000)).size(), 3 * 20'000 - 2);
  EXPECT_FALSE(is_html(repeat("<", 1'000'000)));
  EXPECT_FALSE(is_html(repeat("<a x='", 200'000)));
  EXPECT_EQ(html_to_text(repeat("<!", 400'000)), "");
  EXPECT_EQ(html_to_text(repeat("<p hidden>", 100'000) + "x"), "x") << "what has no end hides nothing";
  EXPECT_EQ(html_to_text(repeat("&", 100'000) + "<br>").size(), 100'000U);
  std::string entities;
  for (int i = 0; i < 10'000; ++i)
    entities.append("&#").append(std::to_string(1'000 + i)).append(";");
  EXPECT_TRUE(html_to_text(entities).starts_with("\xCF\xA8")) << "U+03E8";
}

TEST(HtmlText, OfACutTextTheBeginningIsShown) {
  EXPECT_EQ(shown_beginning("<p>Guten Tag, <b>Frau"), "Guten Tag, Frau");
  EXPECT_EQ(shown_beginning(" <div class=\"a\">Hallo<br><a href=\"https://exa"), "Hallo");
  EXPECT_EQ(shown_beginning("<p>a</p><p>b"), "a\n\nb");
  EXPECT_EQ(shown_beginning("if (a<b && c>d) { <p"), "if (a<b && c>d) { <p") << "a text";
  EXPECT_EQ(shown_beginning("<eva@example.org> wrote"), "<eva@example.org> wrote");
  EXPECT_EQ(shown_beginning("a <b> c"), "a <b> c");
  EXPECT_EQ(shown_beginning(""), "");
}

TEST(HtmlText, AnyBytesAreTaken) {
  static const char* const pieces[] = {"<p>",        "</p>",
                                       "<b>",        "</b>",
                                       "<table>",    "<tr>",
                                       "<td>",       "</table>",
                                       "<li>",       "<ul>",
                                       "</ul>",      "<a ",
                                       "href='",     "\"",
                                       ">",          "<!--",
                                       "-->",        "<svg>",
                                       "</svg>",     "<math>",
                                       "<style>",    "</style>",
                                       "&amp",       "&#x110000;",
                                       "&#0;",       "x",
                                       " ",          "\n",
                                       "\xC3",       "\xF0\x9F",
                                       "<select>",   "<option>",
                                       "<template>", "</template>",
                                       "<form>",     "</form>",
                                       "<br>",       "</br>",
                                       "<frameset>", "<plaintext>",
                                       "<textarea>", "</textarea>",
                                       "<![CDATA[",  "]]>",
                                       "<desc>",     "<foreignObject>",
                                       "<image>",    "<isindex>",
                                       "<html>",     "</html>",
                                       "<body>",     "</body>",
                                       "<nobr>",     "<button>",
                                       "<h1>",       "</h2>",
                                       "<caption>",  "<col>",
                                       "<ruby><rt>", "<dd>"};
  std::mt19937 random(7);
  for (int i = 0; i < 3'000; ++i) {
    std::string html;
    for (unsigned n = random() % 60; n > 0; --n)
      html += pieces[random() % std::size(pieces)];
    (void)html_to_text(html);
    (void)shown_text(html);
  }
}

}  // namespace
}  // namespace salesflow
