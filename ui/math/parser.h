// LaTeX's mathematics to a tree. Input is hostile: length, depth and number of nodes are bounded,
// and there are no macros, so the work is linear in what is read.
#pragma once

#include <QString>
#include <QStringList>
#include <QStringView>

#include "ui/math/node.h"

namespace alcove::ui::math {

struct Parsed {
    NodePtr root;     // nothing: see mistake
    QString mistake;  // in plain words, with the place
};

Parsed parse(QStringView tex);

/// Each command that has arguments or an effect of its own, without the backslash; what is one
/// character stands in symbols.h.
QStringList commandNames();
QStringList environmentNames();

}  // namespace alcove::ui::math
