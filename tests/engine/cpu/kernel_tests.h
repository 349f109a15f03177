// The tests of kernels_test, each in the file of its subject.
#pragma once

namespace alcove::test {

// products_test.cpp
void productsMatchTheReference();
void productsKeepTheirQuality();
void productsOfPeculiarActivations();
void productsOfWhatIsNoNumber();
void productsDoNotDependOnTheSplit();
void productsOfIndependentRows();
void dequantisationMatchesTheReference();

// rows_test.cpp
void normsMatchTheReference();
void elementwiseMatchesTheReference();
void activationsAreAccurate();
void ropeMatchesTheReference();

// attention_test.cpp
void cacheRowsMatchTheReference();
void cacheRowsKeepWhatIsNoNumber();
void attentionMatchesTheReference();
void attentionOfHiddenRowsIsZero();
void attentionDoesNotDependOnTheSplit();
void attentionOfIndependentRows();

// select_test.cpp
void tablesAreChosenByName();

}  // namespace alcove::test
