#pragma once
// The source as md4c is to see it: UTF-8 with plain line ends, in which each formula is one
// character that no text has, and what would cost the parser more than linear time is escaped.
//
// Formulas are found here since md4c knows $ alone, and takes "$5 and $6" for one. They are written
//   $…$    nothing white inside its ends, no letter or digit beside them, and no price in it
//   \(…\)  within a paragraph
//   $$…$$ and \[…\]  displayed; may have several lines, but none that is blank
// and never within code. Where a formula was found in what turns out to be code or an address, its
// source is put back, so that a wrong guess harms nothing. Nothing reaches over a cut of
// SegmentScanner: a piece is prepared as it would be within the whole.
#include <QByteArray>
#include <QString>
#include <vector>

namespace alcove::ui {

struct Formula {
    qsizetype at = 0;  ///< of its mark in the UTF-8
    qsizetype begin = 0;
    qsizetype end = 0;
    bool display = false;
    bool closed = true;
    QString tex;
};

/// Stands for a formula; a character that Unicode keeps out of texts.
constexpr char16_t kFormulaMark = 0xFDD0;
constexpr char kFormulaMarkUtf8[] = "\xEF\xB7\x90";

struct PreparedText {
    QByteArray utf8;
    /// For each byte, and for the end, the UTF-16 offset in the source that it comes from.
    std::vector<quint32> origin;
    std::vector<Formula> formulas;  ///< in the order of their places
    /// Where the paragraph begins that the text ends in, for what is still to be written; within a
    /// fence its length and mark.
    qsizetype lastParagraph = 0;
    char openFence = 0;
};

/// With `unfinished` a displayed formula whose end is missing at the end of the text is one.
PreparedText prepareText(QStringView source, bool unfinished);

/// The formula whose mark stands at the byte `at`; null: none.
const Formula* formulaAt(const PreparedText& text, qsizetype at);

}  // namespace alcove::ui
