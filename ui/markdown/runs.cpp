#include "ui/markdown/runs.h"

#include <algorithm>

namespace alcove::ui {

namespace {

bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }

/// Each character of it stands as it is in the source.
bool isVerbatim(const Run& run) { return run.text.size() == run.end - run.begin; }

bool sameLook(const Run& a, const Run& b) {
    return a.kind == b.kind && a.bold == b.bold && a.italic == b.italic && a.strike == b.strike &&
           a.unsupported == b.unsupported && a.link == b.link;
}

Run piece(const Run& run, qsizetype from, qsizetype to) {
    Run part = run;
    part.text = run.text.mid(from, to - from);
    if (isVerbatim(run)) {
        part.begin = run.begin + from;
        part.end = run.begin + to;
    }
    return part;
}

/// "[1]", "[1, 2]" at `at`: the offset behind it, or 0.
qsizetype citationsEnd(QStringView text, qsizetype at, int most, std::vector<int>& numbers) {
    numbers.clear();
    ++at;
    for (;;) {
        while (at < text.size() && text[at] == u' ') ++at;
        int number = 0;
        const qsizetype first = at;
        while (at < text.size() && isDigit(text[at]) && at - first < 6)
            number = number * 10 + (text[at++].unicode() - u'0');
        if (at == first || number < 1 || number > most) return 0;
        numbers.push_back(number);
        while (at < text.size() && text[at] == u' ') ++at;
        if (at == text.size()) return 0;
        if (text[at] == u']') return at + 1;
        if (text[at] != u',' && text[at] != u';') return 0;
        ++at;
    }
}

void splitCitations(const Run& run, int most, Runs& out) {
    qsizetype done = 0;
    std::vector<int> numbers;
    for (qsizetype at = run.text.indexOf(u'['); at >= 0; at = run.text.indexOf(u'[', at + 1)) {
        const qsizetype end = citationsEnd(run.text, at, most, numbers);
        if (end == 0) continue;
        if (at > done) out.push_back(piece(run, done, at));
        for (const int number : numbers) {
            Run citation = piece(run, at, end);
            citation.kind = RunKind::Citation;
            citation.citation = number;
            citation.text = QString::number(number);
            out.push_back(std::move(citation));
        }
        done = end;
        at = end - 1;
    }
    if (done < run.text.size()) out.push_back(piece(run, done, run.text.size()));
}

/// Where an address that begins at `at` ends: white space and what closes a sentence are not in it.
qsizetype addressEnd(QStringView text, qsizetype at) {
    qsizetype end = at;
    int round = 0;
    while (end < text.size() && !text[end].isSpace() && text[end] != u'<' && text[end] != u'"') {
        if (text[end] == u'(') ++round;
        if (text[end] == u')' && --round < 0) break;
        ++end;
    }
    while (end > at && QStringView(u"?!.,:;*_~'").contains(text[end - 1])) --end;
    return end;
}

void splitAddresses(const Run& run, Runs& out) {
    qsizetype done = 0;
    for (qsizetype at = run.text.indexOf(u"://"); at >= 0; at = run.text.indexOf(u"://", at + 3)) {
        const QStringView before = QStringView(run.text).mid(done, at - done);
        const QStringView scheme =
            before.endsWith(u"https") ? QStringView(u"https") : QStringView(u"http");
        const qsizetype begin = at - scheme.size();
        if (!before.endsWith(scheme)) continue;
        if (begin > 0 && run.text[begin - 1].isLetterOrNumber()) continue;
        const qsizetype end = addressEnd(run.text, at + 3);
        if (end <= at + 3) continue;
        if (begin > done) out.push_back(piece(run, done, begin));
        Run link = piece(run, begin, end);
        link.link = link.text;
        out.push_back(std::move(link));
        done = end;
    }
    if (done < run.text.size()) out.push_back(piece(run, done, run.text.size()));
}

}  // namespace

void appendRun(Runs& runs, Run run) {
    if (!runs.empty()) {
        Run& last = runs.back();
        const bool text = run.kind == RunKind::Text || run.kind == RunKind::Code;
        if (text && sameLook(last, run) && last.end == run.begin && isVerbatim(last) &&
            isVerbatim(run)) {
            last.text += run.text;
            last.end = run.end;
            return;
        }
    }
    runs.push_back(std::move(run));
}

void finishRuns(Runs& runs, int citations) {
    const auto concerns = [citations](const Run& run) {
        return run.kind == RunKind::Text && run.link.isEmpty() &&
               (run.text.contains(u"://") || (citations > 0 && run.text.contains(u'[')));
    };
    if (std::none_of(runs.begin(), runs.end(), concerns)) return;
    Runs linked;
    for (const Run& run : runs) {
        if (concerns(run)) {
            splitAddresses(run, linked);
        } else {
            linked.push_back(run);
        }
    }
    Runs cited;
    for (const Run& run : linked) {
        if (citations > 0 && concerns(run)) {
            splitCitations(run, citations, cited);
        } else {
            cited.push_back(run);
        }
    }
    runs = std::move(cited);
}

void markUnsupported(Runs& runs, const std::vector<SourceRange>& ranges) {
    Runs marked;
    for (const Run& run : runs) {
        qsizetype done = run.begin;
        const qsizetype size = run.text.size();
        const bool cuts = run.kind == RunKind::Text && isVerbatim(run) && size > 0;
        const auto add = [&](qsizetype from, qsizetype to, bool unsupported) {
            if (from >= to) return;
            Run part = cuts ? piece(run, from - run.begin, to - run.begin) : run;
            part.unsupported = unsupported;
            appendRun(marked, std::move(part));
        };
        auto range = std::lower_bound(
            ranges.begin(), ranges.end(), run.begin,
            [](const SourceRange& one, qsizetype place) { return one.end <= place; });
        if (!cuts) {
            const bool within = range != ranges.end() && range->begin < run.end;
            Run whole = run;
            whole.unsupported = within;
            marked.push_back(std::move(whole));
            continue;
        }
        for (; range != ranges.end() && range->begin < run.end; ++range) {
            const qsizetype from = std::max(range->begin, done);
            const qsizetype to = std::min(range->end, run.end);
            add(done, from, false);
            add(from, to, true);
            done = std::max(done, to);
        }
        add(done, run.end, false);
    }
    runs = std::move(marked);
}

}  // namespace alcove::ui
