// What Python's str methods know of characters, in tables made by make_unicode_tables.py.
#include "engine/chat/jinja/unicode_tables.h"

namespace alcove::engine::jinja {

#include "engine/chat/jinja/unicode_tables.inc"

}  // namespace alcove::engine::jinja
