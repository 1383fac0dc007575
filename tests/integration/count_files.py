"""Counts what time series say, from the files alone: Python's csv and zoneinfo, nothing of the product.

  count_files.py won PIPELINE.csv ZONE UNIT BY   value and number of won opportunities
  count_files.py write MESSAGES.tsv OUT.tsv      the messages with made-up times: one every 13 minutes from 20 March 2026
  count_files.py messages OUT.tsv ZONE UNIT      messages by day, week or month
One line a figure: bucket, key, count, value, with tabs between.
"""
import collections
import csv
import datetime
import sys
import zoneinfo

UTC = datetime.timezone.utc


def bucket(at, zone, unit):
    day = at.astimezone(zoneinfo.ZoneInfo(zone)).date()
    if unit == "week":
        day -= datetime.timedelta(days=day.isocalendar()[2] - 1)
    return day.replace(day=1) if unit == "month" else day


def show(figures):
    for (day, key), (count, value) in sorted(figures.items()):
        print(day, key, count, value, sep="\t")


def won(path, zone, unit, by):
    figures = collections.defaultdict(lambda: [0, 0])
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["deal_stage"] != "Won":
                continue
            month, day, year = map(int, row["close_date"].split("/"))
            closed = datetime.datetime(year, month, day, tzinfo=UTC)
            key = {"owner": row["sales_agent"], "stage": "won", "none": "-"}[by]
            figure = figures[bucket(closed, zone, unit), key]
            figure[0] += 1
            figure[1] += int(row["close_value"])
    show(figures)


def write(path, out):
    at = datetime.datetime(2026, 3, 20, tzinfo=UTC)
    with open(path, encoding="utf-8", newline="\n") as messages, open(out, "w", encoding="utf-8", newline="\n") as file:
        for line in messages:
            file.write(at.strftime("%Y-%m-%dT%H:%M:%SZ") + "\t" + line.rstrip("\r\n") + "\n")
            at += datetime.timedelta(minutes=13)


def messages(path, zone, unit):
    figures = collections.defaultdict(lambda: [0, 0])
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            at = datetime.datetime.strptime(line.split("\t", 1)[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            figures[bucket(at, zone, unit), "-"][0] += 1
    show(figures)


{"won": won, "write": write, "messages": messages}[sys.argv[1]](*sys.argv[2:])
