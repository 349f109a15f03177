// Windows: the parent's job object limits memory and forbids further processes
// (engine/base/child_process_windows.cpp); here the process gives up what its token may. Network
// and files are not closed yet: that takes an AppContainer. Has never been compiled.
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include "rag/reader/sandbox.h"

namespace alcove::rag {

Result<void> limitProcess(const SandboxLimits&) { return {}; }

Result<void> lockProcess() {
    PROCESS_MITIGATION_DYNAMIC_CODE_POLICY code{};
    code.ProhibitDynamicCode = 1;
    PROCESS_MITIGATION_IMAGE_LOAD_POLICY images{};
    images.NoRemoteImages = 1;
    images.NoLowMandatoryLabelImages = 1;
    HANDLE token = nullptr;
    if (!SetProcessMitigationPolicy(ProcessDynamicCodePolicy, &code, sizeof(code)) ||
        !SetProcessMitigationPolicy(ProcessImageLoadPolicy, &images, sizeof(images)) ||
        !OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token))
        return fail("the process could not be limited");
    const BOOL given = AdjustTokenPrivileges(token, TRUE, nullptr, 0, nullptr, nullptr);
    CloseHandle(token);
    if (!given) return fail("privileges could not be given up");
    return {};
}

}  // namespace alcove::rag
