#include "engine/cpu/kernels.h"
#include "tests/engine/cpu/kernel_tests.h"
#include "tests/support/check.h"

namespace alcove::test {

void tablesAreChosenByName() {
    const std::vector<const engine::Kernels*> tables = engine::runnableKernels();
    CHECK(!tables.empty() && tables.front()->name == "reference");
    for (const engine::Kernels* table : tables) {
        const auto chosen = engine::selectKernels(table->name);
        CHECK(chosen.ok() && *chosen == table, table->name);
    }
    const auto best = engine::selectKernels("");
    CHECK(best.ok() && *best == tables.back());
    const auto unknown = engine::selectKernels("mmx");
    CHECK(!unknown.ok() && unknown.message().find("\"mmx\"") != std::string::npos);
    CHECK(!unknown.ok() && unknown.message().find("reference, avx2") != std::string::npos);
    for (const std::string_view name : {"avx2", "avx512", "amx", "neon"}) {
        bool runs = false;
        for (const engine::Kernels* table : tables) runs |= table->name == name;
        const auto chosen = engine::selectKernels(name);
        CHECK(chosen.ok() == runs, name);
        if (!runs) CHECK(chosen.message().find(name) != std::string::npos, chosen.message());
    }
}

}  // namespace alcove::test
