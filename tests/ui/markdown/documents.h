#pragma once
// Documents as models write them, and as nobody would.
#include <QString>
#include <QStringList>
#include <random>

/// Whole documents, each about one thing that is hard.
QStringList sampleDocuments();
/// Pieces of Markdown in any order, joined with and without line ends.
QString randomDocument(std::mt19937& random);
