// alcove-cli quantize: the same model with smaller weights.
#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "engine/quant/requantize.h"
