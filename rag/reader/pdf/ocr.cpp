#include "rag/reader/pdf/ocr.h"

#include <array>
#ifndef _WIN32
#include <dlfcn.h>
#endif

namespace alcove::rag::pdf {

#ifdef _WIN32
Result<std::unique_ptr<Ocr>> Ocr::load(const std::string&) {
    return fail("OCR is not there on Windows yet");
}
#else

namespace {

// Tesseract's C interface (capi.h), as far as it is used: stable since version 3.
struct Handle;
struct Iterator;
struct PageIterator;
constexpr int kParagraph = 1, kTextLine = 2;  // TessPageIteratorLevel
constexpr int kAutomatic = 3;                 // PSM_AUTO

struct Library {
    Handle* (*create)();
    int (*init)(Handle*, const char*, const char*);
    void (*setMode)(Handle*, int);
    void (*setImage)(Handle*, const unsigned char*, int, int, int, int);
    void (*setResolution)(Handle*, int);
    int (*recognize)(Handle*, void*);
    Iterator* (*iterator)(Handle*);
    PageIterator* (*pageIterator)(Iterator*);
    char* (*text)(const Iterator*, int);
    int (*next)(Iterator*, int);
    int (*isAtBeginning)(const PageIterator*, int);
    int (*box)(const PageIterator*, int, int*, int*, int*, int*);
    void (*deleteIterator)(Iterator*);
    void (*deleteText)(const char*);
    void (*clear)(Handle*);
};

template <typename Function>
bool find(void* library, const char* name, Function& function) {
    void* found = dlsym(library, name);
    function = reinterpret_cast<Function>(found);
    return found != nullptr;
}

bool findAll(void* library, Library& to) {
    return find(library, "TessBaseAPICreate", to.create) &&
           find(library, "TessBaseAPIInit3", to.init) &&
           find(library, "TessBaseAPISetPageSegMode", to.setMode) &&
           find(library, "TessBaseAPISetImage", to.setImage) &&
           find(library, "TessBaseAPISetSourceResolution", to.setResolution) &&
           find(library, "TessBaseAPIRecognize", to.recognize) &&
           find(library, "TessBaseAPIGetIterator", to.iterator) &&
           find(library, "TessResultIteratorGetPageIterator", to.pageIterator) &&
           find(library, "TessResultIteratorGetUTF8Text", to.text) &&
           find(library, "TessResultIteratorNext", to.next) &&
           find(library, "TessPageIteratorIsAtBeginningOf", to.isAtBeginning) &&
           find(library, "TessPageIteratorBoundingBox", to.box) &&
           find(library, "TessResultIteratorDelete", to.deleteIterator) &&
           find(library, "TessDeleteText", to.deleteText) &&
           find(library, "TessBaseAPIClear", to.clear);
}

class Tesseract : public Ocr {
public:
    Tesseract(const Library& library, Handle* handle) : m_library(library), m_handle(handle) {}

    Result<Recognized> read(std::span<const uint8_t> pixels, int width, int height,
                            int dotsPerInch) override {
        m_library.setMode(m_handle, kAutomatic);
        m_library.setImage(m_handle, pixels.data(), width, height, 1, width);
        m_library.setResolution(m_handle, dotsPerInch);
        if (m_library.recognize(m_handle, nullptr) != 0) return fail("Tesseract gave up");
        Recognized found;
        if (Iterator* iterator = m_library.iterator(m_handle)) {
            do {
                const char* text = m_library.text(iterator, kTextLine);
                if (!text) continue;
                Recognized::Line line;
                line.text = text;
                m_library.deleteText(text);
                PageIterator* page = m_library.pageIterator(iterator);
                int left = 0, top = 0, right = 0, bottom = 0;
                m_library.box(page, kTextLine, &left, &top, &right, &bottom);
                line.box = {static_cast<float>(left), static_cast<float>(top),
                            static_cast<float>(right - left), static_cast<float>(bottom - top)};
                line.startsParagraph = m_library.isAtBeginning(page, kParagraph) != 0;
                found.lines.push_back(std::move(line));
            } while (m_library.next(iterator, kTextLine) != 0);
            m_library.deleteIterator(iterator);
        }
        m_library.clear(m_handle);
        return found;
    }

private:
    Library m_library;
    Handle* m_handle;  // never deleted: it goes with the process
};

}  // namespace

Result<std::unique_ptr<Ocr>> Ocr::load(const std::string& language) {
    void* opened = nullptr;
    for (const char* name : {"libtesseract.so.5", "libtesseract.so.4", "libtesseract.5.dylib"})
        if (!opened) opened = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!opened) return fail("Tesseract is not installed");
    Library library{};
    if (!findAll(opened, library))
        return fail("the Tesseract that is installed is of another kind");
    Handle* handle = library.create();
    if (!handle || library.init(handle, nullptr, language.c_str()) != 0)
        return fail("Tesseract has no language \"", language, "\" installed");
    return std::unique_ptr<Ocr>(std::make_unique<Tesseract>(library, handle));
}

#endif

}  // namespace alcove::rag::pdf
