#include "rag/reader/pdf/watchdog.h"

namespace alcove::rag::pdf {

Watchdog::Watchdog(int, const Error&) {}
Watchdog::~Watchdog() = default;

}  // namespace alcove::rag::pdf
