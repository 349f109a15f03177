// Every table that runs on this processor against the scalar reference. No Qt: cross compilers and
// emulators run it too.
#include "engine/cpu/kernels.h"

#include "tests/engine/cpu/kernel_tests.h"
#include "tests/engine/cpu/tables_under_test.h"
#include "tests/support/check.h"

int main(int argc, char** argv) {
    using namespace alcove::test;
    std::cout << "tables:";
    for (const alcove::engine::Kernels* table : tablesUnderTest()) std::cout << ' ' << table->name;
    std::cout << std::endl;
    if (tablesUnderTest().size() < 2)
        skip("only the reference runs on this processor: nothing to compare it with");
    return run(argc, argv,
               {
                   {"tablesAreChosenByName", tablesAreChosenByName},
                   {"dequantisationMatchesTheReference", dequantisationMatchesTheReference},
                   {"productsMatchTheReference", productsMatchTheReference},
                   {"productsKeepTheirQuality", productsKeepTheirQuality},
                   {"productsOfPeculiarActivations", productsOfPeculiarActivations},
                   {"productsOfWhatIsNoNumber", productsOfWhatIsNoNumber},
                   {"productsDoNotDependOnTheSplit", productsDoNotDependOnTheSplit},
                   {"productsOfIndependentRows", productsOfIndependentRows},
                   {"normsMatchTheReference", normsMatchTheReference},
                   {"elementwiseMatchesTheReference", elementwiseMatchesTheReference},
                   {"activationsAreAccurate", activationsAreAccurate},
                   {"ropeMatchesTheReference", ropeMatchesTheReference},
                   {"cacheRowsMatchTheReference", cacheRowsMatchTheReference},
                   {"cacheRowsKeepWhatIsNoNumber", cacheRowsKeepWhatIsNoNumber},
                   {"attentionMatchesTheReference", attentionMatchesTheReference},
                   {"attentionOfHiddenRowsIsZero", attentionOfHiddenRowsIsZero},
                   {"attentionDoesNotDependOnTheSplit", attentionDoesNotDependOnTheSplit},
                   {"attentionOfIndependentRows", attentionOfIndependentRows},
               });
}
