#pragma once
// What is done to the runs of a paragraph when it is whole.
#include "ui/markdown/block.h"

namespace alcove::ui {

/// Adds a run, joining it with the one before where both are the same stretch of text.
void appendRun(Runs& runs, Run run);
/// Makes links of addresses that stand in the text, and citations of "[1]", "[1, 2]".
void finishRuns(Runs& runs, int citations);
void markUnsupported(Runs& runs, const std::vector<SourceRange>& ranges);

}  // namespace alcove::ui
