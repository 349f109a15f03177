// A formula in words, for who hears it.
#pragma once

#include <QString>

#include "ui/math/node.h"

namespace alcove::ui::math {

QString spoken(const Node& root);

}  // namespace alcove::ui::math
