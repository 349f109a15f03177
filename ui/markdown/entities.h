#pragma once
#include <QString>

namespace alcove::ui {

/// What "&amp;", "&#955;" or "&#x3bb;" stands for; itself if it stands for nothing we know.
QString entityText(QStringView entity);

}  // namespace alcove::ui
